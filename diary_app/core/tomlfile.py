"""Reading TOML so that every fault names its file, line, key and remedy."""

import re
import tomllib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from diary_app.core.errors import Code, FileInvalid, FileProblem
from diary_app.core.tomllines import Path, key_lines

M = TypeVar("M", bound=BaseModel)
_AT_LINE = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)")
_REMEDIES = {
    "missing": "Add the key.",
    "extra_forbidden": "Remove the key, or correct its spelling.",
    "value_error": "Correct the value.",
    "string_type": "Write a text in quotes.",
    "int_type": "Write a whole number without quotes.",
    "int_parsing": "Write a whole number without quotes.",
    "bool_type": "Write true or false without quotes.",
    "bool_parsing": "Write true or false without quotes.",
    "date_type": "Write a date as 2026-11-22, without quotes.",
    "tuple_type": "Write a list in square brackets.",
    "dict_type": "Write a table.",
    "model_type": "Write a table.",
    "enum": "Use one of the values named.",
    "literal_error": "Use one of the values named.",
}


@dataclass(frozen=True)
class Fault:
    """What is wrong at a key path of a model, before it is known on which line of which file that is."""

    path: Path
    message: str
    remedy: str

    def within(self, *outer: str | int) -> "Fault":
        """The same fault as seen from the table around it."""
        return Fault((*outer, *self.path), self.message, self.remedy)


def doubled(values: Sequence[Hashable], path: Callable[[int], Path]) -> Iterator[Fault]:
    """A fault for each value that stood before; `path` says where the value of that number stands."""
    seen = set[Hashable]()
    for number, value in enumerate(values):
        if value in seen:
            yield Fault(path(number), f"{value} is used twice.", "Each may occur once only.")
        seen.add(value)


@dataclass(frozen=True)
class TomlFile:
    """A file that is well-formed TOML. `head` is the table whose keys are the model's own, such as `study`."""

    value: dict[str, Any]
    file: str
    code: Code
    text: str = field(repr=False)
    head: str = ""

    @classmethod
    def read(cls, text: str, *, file: str, code: Code, head: str = "") -> "TomlFile":
        """Raises `FileInvalid` with the line where the text stops being TOML."""
        try:
            value = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise FileInvalid(code, [_syntax_problem(str(error), text, file)]) from error
        except (ValueError, RecursionError) as error:  # thousands of digits; lists within lists within lists
            raise FileInvalid(code, [_out_of_measure(file)]) from error
        return cls(value, file, code, text, head)

    @cached_property
    def lines(self) -> Mapping[Path, int]:
        """The line of each key; only looked for once there is a fault."""
        return key_lines(self.text)

    def table(self, key: str) -> dict[str, Any]:
        """A table that the file must have. Raises `FileInvalid`."""
        table = self.value.get(key)
        if not isinstance(table, dict):
            raise FileInvalid(self.code, [self.problem((key,), "the table is missing.", f"Add a table [{key}].")])
        return table

    def merged(self) -> dict[str, Any]:
        """The keys of the head table beside the other tables, as the models have them. Raises `FileInvalid`."""
        return {**{key: value for key, value in self.value.items() if key != self.head}, **self.table(self.head)}

    def validate(self, model: type[M], value: Mapping[str, Any]) -> M:
        """The value as a model. Raises `FileInvalid` with every fault found."""
        try:
            return model.model_validate(value)
        except ValidationError as error:
            faults = error.errors(include_url=False)
            problems = [self._typed(fault["type"], fault["loc"], fault["msg"], model) for fault in faults]
            raise FileInvalid(self.code, sorted(problems, key=_place)) from error

    def refuse(self, faults: Iterable[Fault]) -> None:
        """Raises `FileInvalid` when there is any fault."""
        if problems := self.problems(faults):
            raise FileInvalid(self.code, problems)

    def problems(self, faults: Iterable[Fault]) -> tuple[FileProblem, ...]:
        """The faults with their lines, from top to bottom."""
        found = [self.problem(fault.path, fault.message, fault.remedy) for fault in faults]
        return tuple(sorted(found, key=_place))

    def problem(self, path: Path, message: str, remedy: str) -> FileProblem:
        """A fault at a key path of the model, on the line where that key, or the nearest one around it, stands."""
        key = ".".join(str(part) for part in path) or self.head or "file"
        return FileProblem(self.file, self.line(path), key, message, remedy)

    def line(self, path: Path) -> int:
        """The line of the longest part of the path that the file has; 1 when it has none of it."""
        for end in range(len(path), 0, -1):
            for start in ((), (self.head,)):
                if found := self.lines.get((*start, *path[:end])):
                    return found
        return self.lines.get((self.head,), 1)

    def _typed(self, kind: str, path: Path, message: str, model: type[BaseModel]) -> FileProblem:
        remedy = _REMEDIES.get(kind, "Correct the value.")
        if kind == "extra_forbidden" and (near := get_close_matches(str(path[-1]), _keys_at(model, path[:-1]), n=1)):
            remedy = f"Did you mean {near[0]}? {remedy}"
        return self.problem(path, _sentence(message), remedy)


def _keys_at(model: type[BaseModel], path: Path) -> tuple[str, ...]:
    """The keys that the model has at that place."""
    for key in path:
        annotation = model.model_fields[str(key)].annotation if isinstance(key, str) else model
        inner = [one for one in (annotation, *get_args(annotation)) if isinstance(one, type)]
        nested = [one for one in inner if issubclass(one, BaseModel)]
        if not nested:
            return ()
        model = nested[0]
    return tuple(model.model_fields)


def _syntax_problem(message: str, text: str, file: str) -> FileProblem:
    place = _AT_LINE.search(message)
    line = int(place[1]) if place and place[1] else text.count("\n") + 1
    what = _sentence(_AT_LINE.sub("", message).rstrip())
    return FileProblem(file, line, "syntax", what, "Texts need quotes, and each key stands on a line of its own.")


def _out_of_measure(file: str) -> FileProblem:
    what = "a number is too long, or tables lie too deep within each other."
    return FileProblem(file, None, "syntax", what, "Look whether this is the file that you mean.")


def _place(problem: FileProblem) -> tuple[int, str]:
    return problem.line or 0, problem.key


def _sentence(message: str) -> str:
    """`Value error, use a` -> `use a.`"""
    return message.removeprefix("Value error, ").rstrip(".") + "."
