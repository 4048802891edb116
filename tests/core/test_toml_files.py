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


class OneInner(BaseModel):
    inner: Inner


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
        "box.toml:2: name: This is no text. Write a text in quotes.",
        "box.toml:6: inner.0.size: This is no whole number. Write a whole number without quotes.",
    ]


def test_a_missing_key_points_at_its_table() -> None:
    assert problems_of('[box]\nname = "b"\n\n[[inner]]\nsize = 2\n') == [
        "box.toml:4: inner.0.colour: The key is missing. Add the key."
    ]


def test_a_misspelt_key_is_recognised() -> None:
    found = problems_of('[box]\nname = "b"\n[[inner]]\ncolor = "red"\n')
    assert "box.toml:4: inner.0.color: There is no such key here. Did you mean colour?" in found[1]


def test_text_that_is_not_toml_names_the_line() -> None:
    (problem,) = problems_of('[box]\nname = "b\n')
    assert problem.startswith("box.toml:2: syntax:")


def test_text_that_breaks_off_names_the_last_line() -> None:
    (problem,) = problems_of('[box]\nname = """b\n')
    assert problem.startswith("box.toml:3: syntax:")


def test_a_missing_table_is_named() -> None:
    (problem,) = problems_of("x = 1\n")
    assert "Add a table [box]." in problem


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("late = no", "This is no word that TOML knows. Write true or false"),
        ("late = False # never", "This is no word that TOML knows. Write true or false"),
        ("opens = 18:00", 'The time of day stands without quotes. Write it in quotes, as "18:00"'),
        ("closes = +1 03:00", "The time of day stands without quotes."),
        ("day = 01-09-2026", "This is not how TOML writes a date. Write a date as 2026-11-22"),
        ("day = 2026/09/01", "This is not how TOML writes a date."),
        ("name: b", "There is a colon where TOML has an equals sign."),
        ('"name": "b",', "There is a colon where TOML has an equals sign."),
        ("name = “b”", 'These are not the quotes that TOML knows. Write straight quotes, as "text"'),
        ('hours = { da = "a", en = ”b” }', "These are not the quotes that TOML knows."),
        ('name = "b', "The quote at the end of the text is missing."),
        ('pattern = "^\\d{3}$"', "In double quotes a backslash means something else."),
        ('{"box": {}}', "This looks like YAML or JSON. Write the file in TOML"),
        ('size = 1\nsize = 2', "This key stands twice."),
        ("[box]", "This table stands twice."),
        ("[many]\n[many]", "where there are several, write two brackets each time, as [[sites]]."),
        ("[many]\n[[many]]", "where there are several, write two brackets each time, as [[sites]]."),
        ('name = "a, “b” "c', "this cannot be read as TOML"),
        ("languages = [no]", "Texts need quotes, and each key stands on a line of its own."),
    ],
)  # fmt: skip
def test_a_usual_slip_is_told_with_how_to_write_it(line: str, words: str) -> None:
    (problem,) = problems_of(f"[box]\n{line}\n")
    assert words in problem
    assert problem.startswith(f"box.toml:{2 + line.count(chr(10))}: syntax:")


def test_a_mark_that_an_editor_put_before_the_first_letter_is_named() -> None:
    (problem,) = problems_of('\ufeff[box]\nname = "b"\n')
    assert "An invisible mark stands before the first letter. Save the file as UTF-8 without BOM." in problem


def test_brackets_of_one_and_of_many_are_told_apart() -> None:
    (many,) = problems_of('[box]\nname = "b"\n[inner]\ncolour = "red"\n')
    assert "box.toml:3: inner: This is no list. Write [[inner]] with two brackets on each side" in many
    toml = TomlFile.read("[box]\n[[inner]]\n", file="box.toml", code=Code.STUDY_INVALID, head="box")
    with pytest.raises(FileInvalid, match=r"Write \[inner\] with one bracket on each side: there is only one\."):
        toml.validate(OneInner, toml.merged())
