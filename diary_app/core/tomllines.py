"""On which line of a TOML text each key stands, so that a fault can be pointed at.

The text has already been read by `tomllib`, so this scanner need not recognise faults, only find places.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import count

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r"""
      \"\"\"(?:\\.|[^\\])*?\"{3,5} | '''.*?'{3,5}            # texts over several lines
    | "(?:\\.|[^"\\\n])*" | '[^'\n]*'                      # texts on one line
    | \#[^\n]* | \n | [\[\]{},=.] | [^\s\[\]{},=.\#"']+     # comments, ends of lines, signs, bare words
    """,
    re.DOTALL | re.VERBOSE,
)
_NUMBER_ON = -1


class _Tokens:
    """The text cut into tokens, each with its line; comments left out."""

    def __init__(self, text: str) -> None:
        self._items = list(_cut(text))
        self._at = 0

    def peek(self) -> str:
        return self._items[self._at][0] if self._at < len(self._items) else ""

    @property
    def line(self) -> int:
        return self._items[min(self._at, len(self._items) - 1)][1] if self._items else 1

    def take(self) -> str:
        token = self.peek()
        self._at += 1
        return token

    def skip_lines(self) -> None:
        while self.peek() == "\n":
            self._at += 1


def _cut(text: str) -> Iterator[tuple[str, int]]:
    line = 1
    for match in _TOKEN.finditer(text):
        token = match[0]
        if not token.startswith("#"):
            yield token, line
        line += token.count("\n")


class _Places:
    """Collects the line of every key and element while walking through the tokens once."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self._tables: dict[Path, int] = {}

    def walk(self, tokens: _Tokens) -> None:
        table: Path = ()
        while tokens.peek():
            if tokens.peek() == "\n":
                tokens.take()
            elif tokens.peek() == "[":
                table = self._header(tokens)
            else:
                self._pair(tokens, table)

    def _header(self, tokens: _Tokens) -> Path:
        line = tokens.line
        tokens.take()
        repeated = tokens.peek() == "["
        if repeated:
            tokens.take()
        path = self._current(_key(tokens, "]"))
        if repeated:
            tokens.take()
            self.lines.setdefault(path, line)
            self._tables[path] = self._tables.get(path, _NUMBER_ON) + 1
            path = (*path, self._tables[path])
        self.lines.setdefault(path, line)
        return path

    def _current(self, keys: Path) -> Path:
        """A header names a repeated table without its number: the latest one is meant, except for the last key."""
        path: Path = ()
        for key in keys[:-1]:
            path = (*path, key)
            if path in self._tables:
                path = (*path, self._tables[path])
        return (*path, *keys[-1:])

    def _pair(self, tokens: _Tokens, table: Path) -> None:
        line = tokens.line
        keys = _key(tokens, "=")
        for end in range(1, len(keys) + 1):
            self.lines.setdefault((*table, *keys[:end]), line)
        self._value(tokens, (*table, *keys))

    def _value(self, tokens: _Tokens, path: Path) -> None:
        opening = tokens.take()
        if opening == "[":
            self._elements(tokens, path)
        elif opening == "{":
            self._inline(tokens, path)
        else:
            _finish_scalar(tokens)

    def _elements(self, tokens: _Tokens, path: Path) -> None:
        for number in count():
            tokens.skip_lines()
            if tokens.peek() in ("]", ""):
                break
            self.lines[(*path, number)] = tokens.line
            self._value(tokens, (*path, number))
            _past_comma(tokens)
        tokens.take()

    def _inline(self, tokens: _Tokens, path: Path) -> None:
        tokens.skip_lines()
        while tokens.peek() not in ("}", ""):
            self._pair(tokens, path)
            _past_comma(tokens)
            tokens.skip_lines()
        tokens.take()


def _past_comma(tokens: _Tokens) -> None:
    tokens.skip_lines()
    if tokens.peek() == ",":
        tokens.take()


def _finish_scalar(tokens: _Tokens) -> None:
    """A number or time may be several tokens: `1.5`, `2026-01-01 10:00:00`."""
    while tokens.peek() not in ("", "\n", ",", "]", "}"):
        tokens.take()


def _key(tokens: _Tokens, end: str) -> Path:
    keys: list[str] = []
    while (word := tokens.take()) not in (end, ""):
        if word != ".":
            keys.append(word[1:-1] if word[0] in "\"'" else word)
    return tuple(keys)


def key_lines(text: str) -> Mapping[Path, int]:
    """The line of each key path; elements of arrays are numbered from 0, as pydantic does."""
    places = _Places()
    places.walk(_Tokens(text))
    return places.lines
