"""A participant's own entries as a file that a spreadsheet opens: one line an answer, practice left out (R40).

Each answer stands in words and as its code. Licensed words never leave a phone: those questions have their code alone.
Entries stand as they were made; what the study has corrected since stands below each, a line of its own with its day.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from diary_app.core.catalogue import message
from diary_app.core.correction_facts import DayMove, ItemChange, Voided
from diary_app.core.entries import Answer, EntryVersion, Skip
from diary_app.core.instruments import Instrument, Wording
from diary_app.core.languages import LANGUAGES
from diary_app.core.times import local
from diary_app.core.wire import CorrectionTold
from diary_app.core.wording import PREFER_NOT
from diary_app.looking_back import FindInstrument
from diary_app.texts import Texts

#: So that a spreadsheet reads æ, ø and å.
_ENCODING = "utf-8-sig"
_WITHOUT_VALUE = {Skip.PREFER_NOT: PREFER_NOT, Skip.NOT_APPLICABLE: message("Not applicable")}


@dataclass(frozen=True)
class OwnEntries:
    """What could be opened, in the order of making, and how many records could not.

    `corrections`: those that count, in the order of approval, as the study last told them.
    """

    entries: tuple[EntryVersion, ...]
    unreadable: int = 0
    corrections: tuple[CorrectionTold, ...] = ()


def own_data(own: OwnEntries, say: Texts, find: FindInstrument) -> bytes:
    """The file; the first line says in words what each column is."""
    text = io.StringIO(newline="")
    lines = csv.writer(text, delimiter=LANGUAGES[say.language].next_column)
    lines.writerow(_heading(say))
    for entry in own.entries:
        if not entry.body.practice:
            lines.writerows(_lines(entry, say, find))
            told = [one for one in own.corrections if one.entry == entry.id]
            lines.writerows(_corrected(entry, one, say, find) for one in told)
    return text.getvalue().encode(_ENCODING)


def _heading(say: Texts) -> tuple[str, ...]:
    return (
        say("Diary day"), say("Saved"), say("Entry"), say("Version"),
        say("Question"), say("Answer"), say("Code of the question"), say("Code of the answer"),
        say("Corrected by the study"), say("Corrected on"),
    )  # fmt: skip


def _lines(entry: EntryVersion, say: Texts, find: FindInstrument) -> Iterator[tuple[str, ...]]:
    for code, answer in entry.body.answers.items():
        yield (*_first(entry), *_answer(entry, code, answer, say, find), "", "")


def _corrected(entry: EntryVersion, one: CorrectionTold, say: Texts, find: FindInstrument) -> tuple[str, ...]:
    """What has become of it: another answer, another evening, or nothing that counts."""
    day = local(one.approved_at, entry.body.zone).date().isoformat() if one.approved_at else ""
    match one.change:
        case ItemChange(item=code, new=new):
            return (*_first(entry), *_answer(entry, code, new, say, find), say("Another answer"), day)
        case DayMove(day=to):
            return (*_first(entry), say("Diary day"), to.isoformat(), "", "", say("Another evening"), day)
        case Voided():
            return (*_first(entry), "", "", "", "", say("Does not count"), day)


def _first(entry: EntryVersion) -> tuple[str, ...]:
    body = entry.body
    saved = local(body.captured_at, body.zone).isoformat(sep=" ", timespec="seconds")
    return body.diary_day.isoformat(), saved, entry.id[:8].upper(), str(body.revision)


def _answer(entry: EntryVersion, code: str, answer: Answer, say: Texts, find: FindInstrument) -> tuple[str, ...]:
    """Question and answer in words, then as codes."""
    instrument = find(entry.body.instrument, entry.body.instrument_version)
    return (*_in_words(instrument, code, answer, entry, say), code, str(answer))


def _in_words(instrument: Instrument, code: str, answer: Answer, entry: EntryVersion, say: Texts) -> tuple[str, str]:
    """Question and answer."""
    if instrument.wording is Wording.LICENSED:
        return "", say(_WITHOUT_VALUE[answer]) if isinstance(answer, Skip) else str(answer)
    item = instrument.item(code)
    return say.question(item, entry.body.diary_day), say.answer(item, answer)
