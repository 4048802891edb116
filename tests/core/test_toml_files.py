"""A fault in a file names its line, however the file is written."""

import pytest
from pydantic import BaseModel, ConfigDict

from diary_app.core.errors import Code, FileInvalid
from diary_app.core.tomlfile import TomlFile
from diary_app.core.tomllines import key_lines

ALL_FORMS = '''a = """x
"y" ""q"""
b = 1.5 # "c

list = [
  # a comment
  { x = 1, y = "a,}" },
  2026-01-01 10:00:00,
]
"d.e".f = '['
[t.u]
g = true
[[r]]
k = 1
[[r]]
k = 2
[r.s]
m = 3
'''


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    colour: str
    size: int = 1


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    inner: tuple[Inner, ...] = ()


def read(text: str) -> Outer:
    toml = TomlFile.read(text, file="box.toml", code=Code.STUDY_INVALID, head="box")
    return toml.validate(Outer, toml.merged())


def problems_of(text: str) -> list[str]:
    with pytest.raises(FileInvalid) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 1),
        (("b",), 3),
        (("list",), 5),
        (("list", 0, "y"), 7),
        (("list", 1), 8),
        (("d.e", "f"), 10),
        (("t", "u", "g"), 12),
        (("r", 0, "k"), 14),
        (("r", 1, "k"), 16),
        (("r", 1, "s", "m"), 18),
    ],
)
def test_every_key_is_found_on_its_line(path: tuple[str | int, ...], line: int) -> None:
    assert key_lines(ALL_FORMS)[path] == line


def test_a_good_file_is_read() -> None:
    assert read('[box]\nname = "b"\n[[inner]]\ncolour = "red"\n').inner[0].colour == "red"


def test_every_fault_is_reported_not_just_the_first() -> None:
    found = problems_of('[box]\nname = 3\n\n[[inner]]\ncolour = "red"\nsize = []\n')
    assert found == [
        "box.toml:2: name: Input should be a valid string. Write a text in quotes.",
        "box.toml:6: inner.0.size: Input should be a valid integer. Write a whole number without quotes.",
    ]


def test_a_missing_key_points_at_its_table() -> None:
    assert problems_of('[box]\nname = "b"\n\n[[inner]]\nsize = 2\n') == [
        "box.toml:4: inner.0.colour: Field required. Add the key."
    ]


def test_a_misspelt_key_is_recognised() -> None:
    found = problems_of('[box]\nname = "b"\n[[inner]]\ncolor = "red"\n')
    assert "box.toml:4: inner.0.color: Extra inputs are not permitted. Did you mean colour?" in found[1]


def test_text_that_is_not_toml_names_the_line() -> None:
    (problem,) = problems_of('[box]\nname = "b\n')
    assert problem.startswith("box.toml:2: syntax:")


def test_text_that_breaks_off_names_the_last_line() -> None:
    (problem,) = problems_of('[box]\nname = """b\n')
    assert problem.startswith("box.toml:3: syntax:")


def test_a_missing_table_is_named() -> None:
    (problem,) = problems_of("x = 1\n")
    assert "Add a table [box]." in problem
