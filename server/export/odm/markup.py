"""XML written straight to a file, one element a line; what XML 1.0 cannot hold is replaced by a mark that is seen."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import TracebackType
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

Attributes = Mapping[str, str | None]

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: What an attribute holds as it is; nearly everything that is written.
_PLAIN = re.compile("[ !#-%'-;=?-~]*")
#: Unicode has a picture for each control character; they stand in the same order.
_PICTURES = 0x2400


class Markup:
    """Elements into one file. Attributes without a value are left out."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def begin(self, name: str, attributes: Attributes | None = None) -> None:
        """An opening tag."""
        self._file.write(f"<{name}{_written(attributes)}>\n")

    def end(self, name: str) -> None:
        """The closing tag."""
        self._file.write(f"</{name}>\n")

    def empty(self, name: str, attributes: Attributes | None = None) -> None:
        """An element with nothing in it."""
        self._file.write(empty(name, attributes))

    def lines(self, made: Iterable[str]) -> None:
        """Elements as text, each with its line end."""
        self._file.write("".join(made))

    def text(self, name: str, text: str, attributes: Attributes | None = None) -> None:
        """An element with nothing but text in it."""
        inner = text if _PLAIN.fullmatch(text) else escape(readable(text), {"\r": "&#13;"})
        self._file.write(f"<{name}{_written(attributes)}>{inner}</{name}>\n")

    def element(self, name: str, attributes: Attributes | None = None) -> "_Element":
        """An element around whatever is written meanwhile."""
        self.begin(name, attributes)
        return _Element(self, name)


class _Element:
    """Ends an element that has begun; quicker than a generator, of which a study would make millions."""

    def __init__(self, markup: Markup, name: str) -> None:
        self._markup, self._name = markup, name

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._markup.end(self._name)


def empty(name: str, attributes: Attributes | None = None) -> str:
    """An element with nothing in it."""
    return f"<{name}{_written(attributes)}/>\n"


def readable(text: str) -> str:
    """The text with a picture for each control character, and a question mark in a box for what else is forbidden."""
    return _FORBIDDEN.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    code = ord(found.group())
    return chr(_PICTURES + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}"


def _written(attributes: Attributes | None) -> str:
    if not attributes:
        return ""
    return "".join([_attribute(name, value) for name, value in attributes.items() if value is not None])


@lru_cache(maxsize=8192)
def _attribute(name: str, value: str) -> str:
    return f" {name}={_quoted(value)}"


def _quoted(value: str) -> str:
    return f'"{value}"' if _PLAIN.fullmatch(value) else quoteattr(readable(value))
