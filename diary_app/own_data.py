"""A participant's own entries as a file that a spreadsheet opens: one line an answer, practice left out (R40).

Each answer stands in words and as its code. Licensed words never leave a phone: those questions have their code alone.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from diary_app.core.catalogue import message
from diary_app.core.entries import Answer, EntryVersion, Skip
from diary_app.core.instruments import Instrument, Wording
from diary_app.core.times import local
from diary_app.core.wording import PREFER_NOT
from diary_app.looking_back import FindInstrument
from diary_app.texts import Texts

#: So that a spreadsheet reads æ, ø and å.
_ENCODING = "utf-8-sig"
#: What the spreadsheets of each language take for the next column.
_SEPARATORS = {"da": ";", "en": ","}


_WITHOUT_VALUE = {Skip.PREFER_NOT: PREFER_NOT, Skip.NOT_APPLICABLE: message("Not applicable")}


@dataclass(frozen=True)
class OwnEntries:
    """What could be opened, in the order of making, and how many records could not."""

    entries: tuple[EntryVersion, ...]
    unreadable: int = 0


def own_data(entries: Iterable[EntryVersion], say: Texts, find: FindInstrument) -> bytes:
    """The file; the first line says in words what each column is."""
    text = io.StringIO(newline="")
    lines = csv.writer(text, delimiter=_SEPARATORS.get(say.language, ","))
    lines.writerow(_heading(say))
    for entry in entries:
        if not entry.body.practice:
            lines.writerows(_lines(entry, say, find))
    return text.getvalue().encode(_ENCODING)


def _heading(say: Texts) -> tuple[str, ...]:
    return (
        say("Diary day"), say("Saved"), say("Entry"), say("Version"),
        say("Question"), say("Answer"), say("Code of the question"), say("Code of the answer"),
    )  # fmt: skip


def _lines(entry: EntryVersion, say: Texts, find: FindInstrument) -> Iterator[tuple[str, ...]]:
    body = entry.body
    saved = local(body.captured_at, body.zone).isoformat(sep=" ", timespec="seconds")
    first = (body.diary_day.isoformat(), saved, entry.id[:8].upper(), str(body.revision))
    instrument = find(body.instrument, body.instrument_version)
    for code, answer in body.answers.items():
        yield (*first, *_in_words(instrument, code, answer, entry, say), code, str(answer))


def _in_words(instrument: Instrument, code: str, answer: Answer, entry: EntryVersion, say: Texts) -> tuple[str, str]:
    """Question and answer."""
    if instrument.wording is Wording.LICENSED:
        return "", say(_WITHOUT_VALUE[answer]) if isinstance(answer, Skip) else str(answer)
    item = instrument.item(code)
    return say.question(item, entry.body.diary_day), say.answer(item, answer)
