"""One's own entries as a file: offline, in words and codes, without practice, when it may be had."""

import csv
import io

from diary_app import resources
from diary_app.core.entries import EntryVersion
from diary_app.core.wire import FactChange
from diary_app.journal import Journal
from diary_app.own_data import OwnEntries, own_data
from diary_app.texts import Texts
from tests.screens.conftest import ANSWERS, Phone
from tests.screens.test_correction import OTHER, SLIP, correction, save
from tests.storage.phones import evening

ALLOWS = resources.study_text("mesrix-more").replace("own_data = false", "own_data = true")
THIRD = "99999999-9999-4999-8999-999999999999"
FILE = "diary-2026-11-22.csv"


def rows(data: bytes, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=separator))


class DamagedJournal(Journal):
    """A diary with a record whose key is lost."""

    def own_entries(self) -> OwnEntries:
        return OwnEntries((), unreadable=1)


async def save_file(alice: Phone) -> bytes:
    screen = await alice.open()
    await screen.tap("history")
    await screen.tap("own-data")
    return next(iter(alice.host.files.values()))


async def test_each_answer_is_a_line_in_words_and_as_its_code(alice: Phone) -> None:
    alice.enrol(study_text=ALLOWS)
    entry = alice.diary.save_entry(evening(answers=ANSWERS))
    heading, first, *others = rows(await save_file(alice))
    question = "How dry has your mouth been today, Sunday 22 November, since you woke up?"
    assert heading[:5] == ["Diary day", "Saved", "Entry", "Version", "Question"]
    code = entry.id[:8].upper()
    assert first == ["2026-11-22", "2026-11-22 19:00:00+01:00", code, "1", question, "7", "DMD01", "7", "", ""]
    assert others[2][5:8] == ["I did not eat or drink by mouth", "DMD04", "not_applicable"]
    assert others[4][5:8] == ["11 to 20 times", "DMD06", "2"]
    assert list(alice.host.files) == [FILE]


async def test_every_version_is_there_and_no_practice(alice: Phone) -> None:
    alice.enrol(study_text=ALLOWS)
    first = alice.diary.save_entry(evening(answers=ANSWERS))
    alice.diary.save_entry(evening(answers=ANSWERS, parent=first.id))
    alice.diary.save_entry(evening(answers=ANSWERS, practice=True))
    assert [row[3] for row in rows(await save_file(alice))[1:]] == ["1"] * 6 + ["2"] * 6


async def test_corrections_that_count_stand_below_the_entry_as_it_was_made(alice: Phone) -> None:
    alice.enrol(study_text=ALLOWS)
    entry = save(alice)
    counts = {"approved": 1, "approved_at": "2026-11-25T23:30:00.000Z"}
    await alice.hear_of_corrections(
        correction(entry, SLIP, **counts),
        correction(entry, {"what": "day", "day": "2026-11-21"}, approved=1, correction=OTHER),
        correction(entry, {"what": "void"}, correction=THIRD),
    )
    _, first, *others = rows(await save_file(alice))
    assert (first[5:], len(others)) == (["7", "DMD01", "7", "", ""], 7)
    assert [one[:4] for one in others] == [first[:4]] * 7
    assert others[5][4:] == [first[4], "3", "DMD01", "3", "Another answer", "2026-11-26"]
    assert others[6][4:] == ["Diary day", "2026-11-21", "", "", "Another evening", ""]


async def test_a_voided_entry_is_there_and_does_not_count(alice: Phone) -> None:
    alice.enrol(study_text=ALLOWS)
    await alice.hear_of_corrections(correction(save(alice), {"what": "void"}, approved=1))
    *answers, last = rows(await save_file(alice))[1:]
    assert (answers[0][7], last[4:]) == ("7", ["", "", "", "", "Does not count", ""])


async def test_a_spreadsheet_in_danish_reads_it_too(alice: Phone) -> None:
    entry = EntryVersion.from_record(alice.diary.save_entry(evening(answers={**ANSWERS, "DMD04": 3})))
    data = own_data(OwnEntries((entry,)), Texts(resources.catalogue("da")), resources.instrument)
    assert data.startswith(b"\xef\xbb\xbf")
    assert rows(data, ";")[0][:2] == ["Dagbogsdag", "Gemt"]


async def test_licensed_words_stay_out(alice: Phone) -> None:
    answers = {"GRIX01": 2, "GRIX02": "prefer_not_to_answer"}
    entry = alice.diary.making.next_entry(evening(instrument="GRIX", answers=answers))
    data = own_data(
        OwnEntries((EntryVersion.from_record(entry),)), Texts(resources.catalogue("en")), resources.instrument
    )
    assert [row[4:] for row in rows(data)[1:]] == [
        ["", "2", "GRIX01", "2", "", ""],
        ["", "Prefer not to answer", "GRIX02", "prefer_not_to_answer", "", ""],
    ]


async def test_it_is_not_offered_unless_the_study_allows_it(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("history")
    assert not screen.has("own-data")


async def test_after_the_diarys_end_it_is_always_offered(alice: Phone) -> None:
    alice.diary.save_entry(evening(answers=ANSWERS))
    body = {"kind": "status", "status": "diary_stopped", "effective": "2026-11-23", "reason": "participant"}
    alice.clock.advance(days=1)
    stopped = FactChange(change_no=9, id="55555555-5555-4555-8555-555555555555", at=alice.clock.now(), body=body)
    alice.enrol(facts=(stopped,))
    alice.clock.advance(days=2)
    await save_file(alice)
    assert "The file is saved among your downloads." in alice.screen.texts()


async def test_what_cannot_be_opened_is_counted_and_said(alice: Phone) -> None:
    alice.enrol(study_text=ALLOWS)
    alice.state = alice.state_with(lambda: DamagedJournal(alice.diary, alice.clock, alice.host.mode))
    await save_file(alice)
    assert "1 entry could not be opened and is not in it." in alice.screen.reads
