"""Every regular expression of the sources, and a small matcher that counts its steps as Python's own would take them.

A backtracking matcher that a hostile text can keep busy takes steps that grow faster than the text. Counting them says
so on any machine, however busy; the matcher here tries the same alternatives in the same order, up to a limit.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDERS = ("server", "diary_app", "scripts")
#: Methods that try every place of a text; the others try its beginning alone.
SEARCHING = frozenset({"search", "sub", "subn", "split", "findall", "finditer"})
MOST_STEPS = 60_000
_DEEP = 50_000


@dataclass(frozen=True)
class Found:
    """One pattern. `place`: file and line; `searches`: whether it is looked for everywhere in a text."""

    place: str
    pattern: str
    flags: int
    searches: bool


class TooManySteps(Exception):
    """The text keeps the matcher busy."""


def every_pattern() -> Iterator[Found]:
    """Of `re.compile` and its siblings, and of pydantic's `pattern=`, wherever the text can be told by reading."""
    for place, tree in _sources():
        yield from _patterns_of(place, tree)


def unread() -> set[str]:
    """Files with a pattern that is only known at run time."""
    return {
        place
        for place, tree in _sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _is_of_re(node) and _text_of(node.args[0], _constants(tree)) is None
    }


@cache
def _sources() -> tuple[tuple[str, ast.Module], ...]:
    files = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]
    texts = [(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in files]
    return tuple((place, ast.parse(text)) for place, text in texts if "import re\n" in text or "pattern=" in text)


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _patterns_of(file: str, tree: ast.Module) -> Iterator[Found]:
    constants = _constants(tree)
    searched = {
        node.func.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SEARCHING
        if isinstance(node.func.value, ast.Name)
    }
    named = {id(value): name for name, value in constants.items()}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        place = f"{file}:{node.lineno}"
        if _is_of_re(node):
            assert isinstance(node.func, ast.Attribute)
            text = _text_of(node.args[0], constants)
            if text is not None:
                searches = node.func.attr in SEARCHING or named.get(id(node)) in searched
                yield Found(place, text, _flags_of(node), searches)
        for keyword in node.keywords:
            if keyword.arg == "pattern" and (text := _text_of(keyword.value, constants)) is not None:
                yield Found(place, text, 0, searches=True)


def _is_of_re(node: ast.Call) -> bool:
    called = node.func
    return (
        isinstance(called, ast.Attribute)
        and isinstance(called.value, ast.Name)
        and called.value.id == "re"
        and called.attr in SEARCHING | {"compile", "match", "fullmatch"}
    )


def _flags_of(node: ast.Call) -> int:
    names = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)} & {
        "IGNORECASE",
        "DOTALL",
        "ASCII",
        "VERBOSE",
    }
    return int(sum(getattr(re, name) for name in names))


def _text_of(node: ast.expr, constants: dict[str, ast.expr]) -> str | None:
    """A text as it is written, with constants of the module put in; None for one that is only known at run time."""
    match node:
        case ast.Constant(value=str() | bytes() as text):
            return text if isinstance(text, str) else text.decode("latin-1")
        case ast.Name(id=name) if name in constants:
            return _text_of(constants[name], constants)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = [_text_of(left, constants), _text_of(right, constants)]
            return None if None in parts else "".join(part or "" for part in parts)
        case ast.JoinedStr(values=values):
            pieces = [_piece_of(one, constants) for one in values]
            return None if None in pieces else "".join(piece or "" for piece in pieces)
    return None


def _piece_of(node: ast.expr, constants: dict[str, ast.expr]) -> str | None:
    if not isinstance(node, ast.FormattedValue):
        return _text_of(node, constants)
    if isinstance(node.value, ast.Name) and isinstance(number := constants.get(node.value.id), ast.Constant):
        return str(number.value)
    return _text_of(node.value, constants) or ("64" if isinstance(node.value, ast.Call) else None)


class Counting:
    """A backtracking matcher of what `re` has parsed, which counts every item that it tries."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.items = list(_parser.parse(pattern, flags))
        self._ignores_case = bool(flags & re.IGNORECASE)
        self._dot_is_all = bool(flags & re.DOTALL)
        self.steps = 0
        self._text, self._end = "", 0

    def search(self, text: str, *, everywhere: bool) -> int:
        """The steps that a search takes, from one match to the next as `sub` goes. Raises `TooManySteps`."""
        self.steps, self._text = 0, text.lower() if self._ignores_case else text
        deep = sys.getrecursionlimit()
        sys.setrecursionlimit(_DEEP)
        try:
            at = 0
            while at <= len(text):
                found = self._items(self.items, 0, at, self._is_end)
                if not everywhere:
                    break
                at = max(self._end, at + 1) if found else at + 1
        finally:
            sys.setrecursionlimit(deep)
        return self.steps

    def _is_end(self, at: int) -> bool:
        self._end = at
        return True

    def finds(self, text: str) -> bool:
        """Whether it stands anywhere in the text."""
        self.steps, self._text = 0, text.lower() if self._ignores_case else text
        return any(self._items(self.items, 0, at, lambda _end: True) for at in range(len(text) + 1))

    def _items(self, items: list[Any], number: int, at: int, then: Callable[[int], bool]) -> bool:
        if number == len(items):
            return then(at)
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooManySteps
        kind, told = items[number]

        def on(end: int) -> bool:
            return self._items(items, number + 1, end, then)

        match kind:
            case sre.LITERAL | sre.NOT_LITERAL | sre.ANY | sre.IN:
                return at < len(self._text) and self._fits(kind, told, self._text[at]) and on(at + 1)
            case sre.AT:
                return self._stands(told, at) and on(at)
            case sre.SUBPATTERN:
                return self._items(list(told[-1]), 0, at, on)
            case sre.BRANCH:
                return any(self._items(list(one), 0, at, on) for one in told[1])
            case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
                return self._repeated(told, 0, at, on, greedy=kind is not sre.MIN_REPEAT)
            case sre.ASSERT | sre.ASSERT_NOT:
                return self._looks(told)(at) is (kind is sre.ASSERT) and on(at)
        raise ValueError(f"{kind} in a pattern has to be counted here too")

    def _repeated(self, told: Any, done: int, at: int, then: Callable[[int], bool], *, greedy: bool) -> bool:
        least, most, inner = told

        def again(end: int) -> bool:
            return (end > at or done < least) and self._repeated(told, done + 1, end, then, greedy=greedy)

        def once_more() -> bool:
            return (most is sre.MAXREPEAT or done < most) and self._items(list(inner), 0, at, again)

        def enough() -> bool:
            return bool(done >= least) and then(at)

        return (once_more() or enough()) if greedy else (enough() or once_more())

    def _looks(self, told: Any) -> Callable[[int], bool]:
        direction, inner = told
        if direction > 0:
            return lambda at: self._items(list(inner), 0, at, lambda _end: True)
        width = inner.getwidth()[1]
        return lambda at: at >= width and self._items(list(inner), 0, at - width, lambda end: end == at)

    def _fits(self, kind: Any, told: Any, letter: str) -> bool:
        match kind:
            case sre.LITERAL:
                return ord(letter) == (ord(chr(told).lower()) if self._ignores_case else told)
            case sre.NOT_LITERAL:
                return bool(ord(letter) != told)
            case sre.ANY:
                return self._dot_is_all or letter != "\n"
        parts = list(told)
        negated = parts[0][0] is sre.NEGATE
        return any(self._is_in(one, letter) for one in parts[negated:]) is not negated

    def _is_in(self, one: Any, letter: str) -> bool:
        kind, told = one
        if kind is sre.LITERAL:
            return ord(letter) == told or (self._ignores_case and ord(letter.upper()) == told)
        if kind is sre.RANGE:
            return told[0] <= ord(letter) <= told[1] or (
                self._ignores_case and told[0] <= ord(letter.upper()) <= told[1]
            )
        return bool(_CATEGORIES[told](letter))

    def _stands(self, told: Any, at: int) -> bool:
        match told:
            case sre.AT_BEGINNING | sre.AT_BEGINNING_STRING:
                return at == 0
            case sre.AT_END | sre.AT_END_STRING:
                return at == len(self._text)
            case sre.AT_BOUNDARY:
                return self._is_word(at - 1) != self._is_word(at)
        return self._is_word(at - 1) == self._is_word(at)

    def _is_word(self, place: int) -> bool:
        return 0 <= place < len(self._text) and _CATEGORIES[sre.CATEGORY_WORD](self._text[place])


_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    sre.CATEGORY_DIGIT: str.isdecimal,
    sre.CATEGORY_NOT_DIGIT: lambda letter: not letter.isdecimal(),
    sre.CATEGORY_SPACE: str.isspace,
    sre.CATEGORY_NOT_SPACE: lambda letter: not letter.isspace(),
    sre.CATEGORY_WORD: lambda letter: letter.isalnum() or letter == "_",
    sre.CATEGORY_NOT_WORD: lambda letter: not (letter.isalnum() or letter == "_"),
}


def attacks(pattern: str, flags: int = 0) -> Iterator[Callable[[int], str]]:
    """Makers of hostile texts of a given length: what comes before each repetition, its inside again and again, and an
    end that fits nowhere; and each letter that the pattern knows, alone and in pairs.
    """
    items = list(_parser.parse(pattern, flags))
    for before, inside in _repetitions(items, ""):
        yield lambda n, before=before, inside=inside: before + inside * n + "\0"  # type: ignore[misc]
        yield lambda n, before=before, inside=inside: (before + inside) * n + "\0"  # type: ignore[misc]
    letters = [*sorted(set(_example(items))), "a", "0", " ", "@", ".", "-"]
    for letter in letters:
        yield lambda n, letter=letter: letter * n + "\0"  # type: ignore[misc]


def _repetitions(items: list[Any], before: str) -> Iterator[tuple[str, str]]:
    for kind, told in items:
        if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            if told[1] is sre.MAXREPEAT or told[1] > 8:
                yield before, _example(list(told[2])) or "a"
            yield from _repetitions(list(told[2]), before)
        elif kind is sre.SUBPATTERN:
            yield from _repetitions(list(told[-1]), before)
        elif kind is sre.BRANCH:
            for one in told[1]:
                yield from _repetitions(list(one), before)
        before += _example([(kind, told)])


def _example(items: list[Any]) -> str:
    """A short text that fits, as far as it matters here: look-arounds are passed over."""
    return "".join(_one(kind, told) for kind, told in items)


def _one(kind: Any, told: Any) -> str:
    match kind:
        case sre.LITERAL:
            return chr(told)
        case sre.NOT_LITERAL | sre.ANY:
            return "a" if told != ord("a") else "b"
        case sre.IN:
            return next((letter for letter in 'a0A- .@"=\t' if Counting("")._fits(sre.IN, told, letter)), _first(told))  # noqa: SLF001
        case sre.SUBPATTERN:
            return _example(list(told[-1]))
        case sre.BRANCH:
            return _example(list(told[1][0]))
        case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
            return _example(list(told[2])) * max(1, min(told[0], 32)) if told[1] != 0 else ""
    return ""


def _first(told: Any) -> str:
    kind, value = told[0]
    return chr(value if kind is sre.LITERAL else value[0]) if kind in (sre.LITERAL, sre.RANGE) else "!"
