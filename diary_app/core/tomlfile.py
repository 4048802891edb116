"""Reading TOML so that every fault names its file, line, key and remedy."""

import re
import tomllib
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from diary_app.core.errors import Code, FileInvalid, FileProblem, Phrase, ValueUnfit
from diary_app.core.tomllines import Path, key_lines
from diary_app.core.tomlslips import slip

M = TypeVar("M", bound=BaseModel)
_AT_LINE = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)")
_TEXT, _WHOLE, _LOGICAL = (
    "Write a text in quotes.", "Write a whole number without quotes.", "Write true or false without quotes.",
)  # fmt: skip
_DATE, _LIST, _TABLE, _NAMED = (
    "Write a date as 2026-11-22, without quotes.", "Write a list in square brackets.", "Write a table.",
    "Use one of the values named.",
)  # fmt: skip
_CORRECT, _EXTRA = "Correct the value.", "Remove the key, or correct its spelling."
_EXTRA_NEAR = "Did you mean {near}? Remove the key, or correct its spelling."
_NO_WHOLE, _NO_LOGICAL, _NO_DATE = "This is no whole number.", "This is neither true nor false.", "This is no date."
_UNFIT = "The value does not fit: {said}"
_EACH = "Write [[{key}]] with two brackets on each side, once for each of them."
_ONCE = "Write [{key}] with one bracket on each side: there is only one."
#: By pydantic's name of the fault: what is wrong, in places its own values, and what to do.
KINDS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "missing": ("The key is missing.", "Add the key."),
    "extra_forbidden": ("There is no such key here.", _EXTRA),
    "string_type": ("This is no text.", _TEXT),
    "string_pattern_mismatch": ("The text has to fit the pattern {pattern}.", _CORRECT),
    "int_type": (_NO_WHOLE, _WHOLE),
    "int_parsing": (_NO_WHOLE, _WHOLE),
    "int_from_float": (_NO_WHOLE, _WHOLE),
    "bool_type": (_NO_LOGICAL, _LOGICAL),
    "bool_parsing": (_NO_LOGICAL, _LOGICAL),
    "date_type": (_NO_DATE, _DATE),
    "date_parsing": (_NO_DATE, _DATE),
    "date_from_datetime_parsing": (_NO_DATE, _DATE),
    "date_from_datetime_inexact": ("There is a time of day beside the date.", _DATE),
    "tuple_type": ("This is no list.", _LIST),
    "dict_type": ("This is no table.", _TABLE),
    "model_type": ("This is no table.", _TABLE),
    "too_short": ("There have to be at least {min_length}.", "Add what is missing."),
    "greater_than_equal": ("The number must not be below {ge}.", "Write a larger number."),
    "less_than_equal": ("The number must not be above {le}.", "Write a smaller number."),
    "enum": ("It has to be {expected}.", _NAMED),
    "literal_error": ("It has to be {expected}.", _NAMED),
})  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """What is wrong at a key path of a model, before it is known on which line of which file that is.

    `message` and `remedy` are message ids, and `named` is what stands in their places, as of any error.
    """

    path: Path
    message: str
    remedy: str
    named: Mapping[str, object] = field(default_factory=dict)

    def within(self, *outer: str | int) -> "Fault":
        """The same fault as seen from the table around it."""
        return replace(self, path=(*outer, *self.path))


def among(name: str, known: Collection[str]) -> dict[str, object]:
    """What stands in a message about a name that is not among those that are known."""
    return {"name": name, "known": ", ".join(known) or Phrase("none yet; list it first")}


def doubled(values: Sequence[Hashable], path: Callable[[int], Path]) -> Iterator[Fault]:
    """A fault for each value that stood before; `path` says where the value of that number stands."""
    seen = set[Hashable]()
    for number, value in enumerate(values):
        if value in seen:
            yield Fault(path(number), "{value} is used twice.", "Each may occur once only.", {"value": value})
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
            missing = Fault((key,), "the table is missing.", "Add a table [{table}].", {"table": key})
            raise FileInvalid(self.code, [self.problem(missing)])
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
            problems = [self.problem(unfit(fault, model)) for fault in faults]
            raise FileInvalid(self.code, sorted(problems, key=_place)) from error

    def refuse(self, faults: Iterable[Fault]) -> None:
        """Raises `FileInvalid` when there is any fault."""
        if problems := self.problems(faults):
            raise FileInvalid(self.code, problems)

    def problems(self, faults: Iterable[Fault]) -> tuple[FileProblem, ...]:
        """The faults with their lines, from top to bottom."""
        return tuple(sorted(map(self.problem, faults), key=_place))

    def problem(self, fault: Fault) -> FileProblem:
        """The fault on the line where its key, or the nearest one around it, stands."""
        key = ".".join(str(part) for part in fault.path) or self.head or "file"
        return FileProblem(self.file, self.line(fault.path), key, fault.message, fault.remedy, fault.named)

    def line(self, path: Path) -> int:
        """The line of the longest part of the path that the file has; 1 when it has none of it."""
        for end in range(len(path), 0, -1):
            for start in ((), (self.head,)):
                if found := self.lines.get((*start, *path[:end])):
                    return found
        return self.lines.get((self.head,), 1)


def unfit(said: Mapping[str, Any], model: type[BaseModel]) -> Fault:
    """What pydantic found (one of its `errors()`), in a message that can be translated."""
    kind, path, named = said["type"], said["loc"], dict(said.get("ctx", {}))
    if kind == "value_error":
        error = named["error"]
        if isinstance(error, ValueUnfit):
            return Fault(path, error.pattern, _CORRECT, error.named)
        return Fault(path, _sentence(said["msg"]), _CORRECT)
    if kind == "extra_forbidden" and (near := get_close_matches(str(path[-1]), _keys_at(model, path[:-1]), n=1)):
        return Fault(path, KINDS[kind][0], _EXTRA_NEAR, {"near": near[0]})
    if bracketed := _bracketed(kind, said["input"]):
        return Fault(path, KINDS[kind][0], bracketed, {"key": ".".join(one for one in path if isinstance(one, str))})
    message, remedy = KINDS.get(kind, (_UNFIT, _CORRECT))
    return Fault(path, message, remedy, {"said": _sentence(said["msg"])} if message is _UNFIT else named)


def _bracketed(kind: str, value: object) -> str | None:
    """How to write the heading, where [table] stands for [[tables]] or the other way round."""
    if kind == "tuple_type" and isinstance(value, dict):
        return _EACH
    if kind in ("model_type", "dict_type") and isinstance(value, list):
        return _ONCE
    return None


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
    said = _AT_LINE.sub("", message).rstrip()
    fault = Fault(
        (), "this cannot be read as TOML: “{said}”.",
        "Texts need quotes, and each key stands on a line of its own.", {"said": said},
    )  # fmt: skip
    if meant := slip((*text.split("\n"), "")[line - 1], said):
        fault = Fault((), *meant)
    return FileProblem(file, line, "syntax", fault.message, fault.remedy, fault.named)


def _out_of_measure(file: str) -> FileProblem:
    fault = Fault(
        (), "a number is too long, or tables lie too deep within each other.",
        "Look whether this is the file that you mean.",
    )  # fmt: skip
    return FileProblem(file, None, "syntax", fault.message, fault.remedy)


def _place(problem: FileProblem) -> tuple[int, str]:
    return problem.line or 0, problem.key


def _sentence(message: str) -> str:
    """`Value error, use a` -> `use a.`"""
    return message.removeprefix("Value error, ").rstrip(".") + "."
