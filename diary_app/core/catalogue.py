"""Translations: GNU gettext catalogues, read from `.po` text or compiled `.mo` bytes with the standard library alone.

English is the source language: a message id is the English text. The browser gets compiled catalogues; a checkout
reads the `.po` files as they are, so that no build step stands between a new sentence and seeing it.
"""

import ast
import io
import re
import struct
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from gettext import GNUTranslations, NullTranslations

SOURCE_LANGUAGE = "en"
_MAGIC = 0x950412DE
_TWO_POINTS = re.compile(r"(?<!\.)\.\.(?=\s|$)")
_LINE = re.compile(r'^(msgid|msgid_plural|msgstr(?:\[(\d+)\])?)?\s*(".*")$')


class CatalogueInvalid(ValueError):
    """A `.po` file cannot be read; names the line."""


@dataclass(frozen=True)
class Message:
    """One message of a `.po` file; `texts` has one translation, or one for each plural form."""

    id: str
    plural: str
    texts: tuple[str, ...]
    line: int


@dataclass
class _Draft:
    line: int = 0
    parts: dict[str, str] = field(default_factory=dict)

    def has_forms_unlike(self, name: str) -> bool:
        """Whether one text stands beside plural forms, which two changes that were merged leave behind."""
        return any(part.startswith("msgstr") and ("[" in part) != ("[" in name) for part in self.parts)

    def message(self) -> Message:
        texts = [text for name, text in sorted(self.parts.items()) if name.startswith("msgstr")]
        return Message(self.parts["msgid"], self.parts.get("msgid_plural", ""), tuple(texts), self.line)


def read_po(text: str) -> tuple[Message, ...]:
    """The messages of a `.po` file, its header first. Raises `CatalogueInvalid`."""
    return tuple(_messages(text))


def _messages(text: str) -> Iterator[Message]:
    draft, name = _Draft(), ""
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        match = _LINE.match(content)
        if match is None or not (match[1] or name):
            raise CatalogueInvalid(f'line {number}: expected msgid "...", msgstr "..." or a comment')
        if match[1] == "msgid" and draft.parts:
            yield draft.message()
            draft = _Draft()
        if match[1]:
            name = match[1]
            if name in draft.parts or (name.startswith("msgstr") and draft.has_forms_unlike(name)):
                raise CatalogueInvalid(f"line {number}: the message has a translation already")
            draft.parts[name] = ""
            draft.line = draft.line or number
        draft.parts[name] += _unquoted(match[3], number)
    if draft.parts:
        yield draft.message()


def _unquoted(literal: str, line: int) -> str:
    try:
        return str(ast.literal_eval(literal))
    except (SyntaxError, ValueError) as error:
        raise CatalogueInvalid(f"line {line}: the quotes or backslashes are wrong") from error


def compile_po(text: str) -> bytes:
    """A `.po` file as `.mo` bytes; untranslated messages are left out and so appear in English."""
    pairs = sorted((_key(m).encode(), "\0".join(m.texts).encode()) for m in read_po(text) if all(m.texts) and m.texts)
    start = 7 * 4
    keys_at = start + 16 * len(pairs)
    index, blob = [], b""
    for column in (0, 1):
        for pair in pairs:
            index.append((len(pair[column]), keys_at + len(blob)))
            blob += pair[column] + b"\0"
    header = struct.pack("<7I", _MAGIC, 0, len(pairs), start, start + 8 * len(pairs), 0, 0)
    return header + b"".join(struct.pack("<2I", *entry) for entry in index) + blob


def _key(message: Message) -> str:
    return f"{message.id}\0{message.plural}" if message.plural else message.id


@dataclass(frozen=True)
class Catalogue:
    """The texts of one language. What has no translation appears in English; tests see to it that nothing has none."""

    language: str
    translations: NullTranslations = field(repr=False, compare=False)

    def text(self, id: str, /, **values: object) -> str:
        """The message in this language with `{name}` placeholders filled in; an empty id is an empty text."""
        translated = self.translations.gettext(id) if id else ""
        return _ended_once(translated.format(**values)) if values else translated

    def has(self, id: str, /) -> bool:
        """Whether the message is in the language, be it in the same words; English has every message."""
        if self.language == SOURCE_LANGUAGE or not id:
            return True
        asked = copy(self.translations)
        asked.add_fallback(_Lacking())  # a catalogue answers with the id itself for what it has not
        return bool(asked.gettext(id))

    def count(self, one: str, many: str, number: int, /, **values: object) -> str:
        """The form for that many; `{number}` is filled in too."""
        return _ended_once(self.translations.ngettext(one, many, number).format(number=number, **values))


class _Lacking(NullTranslations):
    def gettext(self, message: str) -> str:
        return ""


def _ended_once(text: str) -> str:
    """A sentence that ends with an abbreviation, as "3. dec.", takes no second point."""
    return _TWO_POINTS.sub(".", text) if ".." in text else text


def message(text: str) -> str:
    """Marks a text that is kept in a constant and looked up later, so that `scripts/catalogues.py` finds it."""
    return text


def source_catalogue() -> Catalogue:
    """English: every message is its own text."""
    return Catalogue(SOURCE_LANGUAGE, NullTranslations())


def catalogue_from(language: str, compiled: bytes) -> Catalogue:
    """A catalogue from `.mo` bytes."""
    return Catalogue(language, GNUTranslations(io.BytesIO(compiled)))
