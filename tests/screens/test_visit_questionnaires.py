"""Visit questionnaires on Today: offered in their window, filled in through the same screens, done until the end."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import pytest

from diary_app.core.entries import EntryBody
from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.records import RecordKind
from diary_app.core.wire import FactChange, VisitDone, Wordings, WordingText
from diary_app.core.wording import wording_sha256
from diary_app.journal import Journal
from diary_app.questionnaire import Filling
from diary_app.resources import catalogue
from tests.licensed import ITEMS, MARK, active_text, wording
from tests.screens.conftest import Phone
from tests.storage.phones import added

START = "visit-m0"
EVERY_ANSWER: dict[str, object] = dict.fromkeys(ITEMS, 2)


def anchor(number: int, **said: str) -> FactChange:
    """A treatment as Carol recorded it."""
    body = {"kind": "anchor", "anchor": "treatment_1", **said}
    at = datetime(2026, 11, 10, 8, tzinfo=UTC)
    return FactChange(change_no=number, id=f"{number:08d}-0000-4000-8000-000000000000", at=at, body=body)


def installed(*languages: str, codes: tuple[str, ...] = ("GRIX",)) -> Wordings:
    files = [wording(language, code=code) for language in languages for code in codes]
    texts = [WordingText(sha256=sha256(one.encode()).hexdigest(), text=one) for one in files]
    return Wordings(in_use=tuple(one.sha256 for one in texts), texts=tuple(texts))


@pytest.fixture
def tell(alice: Phone) -> Callable[..., None]:
    """What the server says; by default GRIX in use and treatment 1 on Friday 27 November at 10:00."""

    def tell(*, languages: tuple[str, ...] = ("en", "da"), items: tuple[str, ...] = (), **changes: Any) -> None:
        told = {"facts": (added(), anchor(20, planned="2026-11-27", actual_time="10:00")), **changes}
        alice.enrol(study_text=active_text(*items), wordings=installed(*languages), **told)

    return tell


@pytest.fixture
def due(alice: Phone, tell: Callable[..., None]) -> Phone:
    """Alice in the fortnight before treatment 1."""
    tell()
    return alice


def visits_saved(phone: Phone) -> list[EntryBody]:
    records = phone.diary.records(RecordKind.ENTRY)
    bodies = [EntryBody.from_record(record) for record in records]
    return [body for body in bodies if body.visit]


async def fill_in(phone: Phone) -> None:
    await phone.screen.tap(START)
    await phone.fill_in(EVERY_ANSWER)


async def test_nothing_is_shown_before_a_treatment_has_a_date(alice: Phone, tell: Callable[..., None]) -> None:
    tell(facts=(added(),))
    screen = await alice.open()
    assert not [text for text in screen.texts() if "Questionnaire" in text]


async def test_a_card_says_what_until_when_and_how_long(due: Phone) -> None:
    screen = await due.open()
    assert "Questionnaire · Before treatment 1" in screen.texts()
    assert "Open until Friday 27 November at 10:00 · about 2 minutes" in screen.texts()
    assert screen.keys().index("start") > screen.keys().index(START)  # the diary's is the one primary button


async def test_a_date_without_a_time_ends_with_the_day_before(alice: Phone, tell: Callable[..., None]) -> None:
    tell(facts=(added(), anchor(20, planned="2026-11-27")))
    screen = await alice.open("da")
    assert "Åbent til og med torsdag 26. november · cirka 2 minutter" in screen.texts()


@pytest.mark.parametrize(("language", "words"), [("en", "(en)"), ("da", "(da)")])
async def test_its_words_are_the_installed_ones(due: Phone, language: str, words: str) -> None:
    screen = await due.open(language)
    await screen.tap(START)
    assert f"GRIX01 {MARK} {words}" in screen.reads
    assert f"Answer 4 {MARK} {words}" in screen.reads
    assert "1 of 14" in screen.reads or "1 af 14" in screen.reads


async def test_a_language_without_its_words_offers_nothing(alice: Phone, tell: Callable[..., None]) -> None:
    tell(languages=("da",))
    screen = await alice.open("en")
    assert not screen.has(START)


async def test_words_no_longer_in_use_are_not_offered(due: Phone, tell: Callable[..., None]) -> None:
    due.enrol(study_text=active_text(), wordings=Wordings())
    screen = await due.open()
    assert not screen.has(START)


async def test_words_whose_licence_has_ended_are_not_offered_even_without_a_network(due: Phone) -> None:
    told = installed("en", "da")
    last_days = dict.fromkeys(told.in_use, date(2026, 11, 23))
    due.enrol(study_text=active_text(), wordings=told.model_copy(update={"last_days": last_days}))
    screen = await due.open()
    await due.pass_time(days=1)
    assert screen.has(START)
    await due.pass_time(days=1)
    assert not screen.has(START)


async def test_words_that_do_not_match_their_fingerprint_are_not_kept(alice: Phone) -> None:
    forged = WordingText(sha256="0" * 64, text=wording("en"))
    alice.enrol(study_text=active_text(), wordings=Wordings(in_use=("0" * 64,), texts=(forged,)))
    assert alice.diary.visits_told().wordings == ()


async def test_saved_it_is_an_entry_for_the_visit(due: Phone) -> None:
    screen = await due.open()
    await fill_in(due)
    await screen.tap("save")
    (body,) = visits_saved(due)
    assert (body.visit, body.instrument, body.diary_day) == ("m0", "GRIX", date(2026, 11, 22))
    assert body.closes == body.late_until == datetime(2026, 11, 27, 9, tzinfo=UTC)
    assert body.answers == EVERY_ANSWER
    assert "Done. Saved on this phone." in screen.texts()
    assert not screen.has(START)


async def test_its_fingerprint_is_that_of_the_words_shown(due: Phone) -> None:
    screen = await due.open()
    await screen.tap(START)
    filling = due.state.answering.filling
    assert filling is not None
    await due.fill_in(EVERY_ANSWER)
    await screen.tap("save")
    assert visits_saved(due)[0].wording_sha256 == wording_sha256(filling.instrument, catalogue("en"))


async def test_the_diary_goes_on_as_before(due: Phone) -> None:
    screen = await due.open()
    await fill_in(due)
    await screen.tap("save")
    assert screen.has("start")
    assert not due.has_entry()


async def test_a_break_is_gone_on_with_days_later(due: Phone) -> None:
    screen = await due.open()
    await screen.tap(START)
    await screen.choose(3)
    await screen.tap("next")
    await screen.tap("put-away")
    await due.pass_time(days=2)
    await screen.tap(START)
    assert "2 of 14" in screen.reads
    assert due.state.answering.filling is not None
    assert due.state.answering.filling.answers == {"GRIX01": 3}


async def test_a_killed_app_comes_back_to_the_question(due: Phone) -> None:
    screen = await due.open()
    await screen.tap(START)
    await screen.choose(3)
    await screen.tap("next")
    screen = await due.restart()
    assert "2 of 14" in screen.reads


async def test_with_two_begun_nobody_guesses_which(due: Phone) -> None:
    screen = await due.open()
    for start in ("start", START):
        await screen.tap(start)
        await screen.choose(3)
        await screen.go("/")
    screen = await due.start_over("/question/2") or await due.open()
    assert screen.has("today")


async def test_the_draft_is_gone_once_saved(due: Phone) -> None:
    screen = await due.open()
    await screen.tap(START)
    await screen.choose(1)
    await due.pass_time(days=1)
    await due.fill_in(EVERY_ANSWER)
    await screen.tap("save")
    (visit,) = due.state.visits
    assert not visit.questionnaires[0].begun
    assert visits_saved(due)[0].diary_day == date(2026, 11, 23)


async def test_a_change_names_the_version_of_the_study_whose_questions_are_shown(due: Phone) -> None:
    """The next one, with fewer questions, was heard while the card stood there: it could not read these answers."""
    screen = await due.open()
    await fill_in(due)
    await screen.tap("save")
    shown, newer = due.diary.study(), active_text("GRIX01", "GRIX02")
    due.enrol(
        study_text=newer.replace(f'version = "{shown.version}"', 'version = "99"', 1), wordings=installed("en", "da"),
        facts=(added(), anchor(20, planned="2026-11-27", actual_time="10:00")),
    )  # fmt: skip
    assert due.diary.study().version == "99"
    await screen.tap("change-m0-GRIX")
    await screen.tap("line-GRIX02")
    await screen.choose(4)
    await screen.tap("next")
    await screen.tap("save")
    changed = visits_saved(due)[-1]
    assert (changed.revision, changed.study_version, len(changed.answers)) == (2, shown.version, len(EVERY_ANSWER))


async def test_answers_can_be_changed_until_the_window_ends(due: Phone) -> None:
    screen = await due.open()
    await fill_in(due)
    await screen.tap("save")
    await due.pass_time(days=2)
    await screen.tap("change-m0-GRIX")
    assert "Saved Sunday 22 November at 19:00." in screen.reads
    await screen.tap("line-GRIX02")
    await screen.choose(4)
    await screen.tap("next")
    await screen.tap("save")
    first, second = visits_saved(due)
    assert (second.revision, second.diary_day, second.answers["GRIX02"]) == (2, first.diary_day, 4)


async def test_after_the_window_the_card_is_gone(due: Phone) -> None:
    screen = await due.open()
    await due.pass_time(days=4, hours=15)  # Friday 10:00 in Copenhagen, the treatment begins
    assert not screen.has(START)


async def test_saved_as_the_treatment_begins_is_kept_and_told_kindly(due: Phone) -> None:
    screen = await due.open()
    await fill_in(due)
    due.clock.move_to(datetime(2026, 11, 27, 9, tzinfo=UTC))
    await screen.tap("save")
    assert len(visits_saved(due)) == 1
    assert "That's all right." in screen.reads


async def test_an_extract_asks_its_items_only(alice: Phone, tell: Callable[..., None]) -> None:
    tell(items=("GRIX01", "GRIX14"))
    screen = await alice.open()
    await screen.tap(START)
    assert "1 of 2" in screen.reads


async def test_what_another_phone_answered_is_done_here(alice: Phone, tell: Callable[..., None]) -> None:
    entry = VisitDone(
        visit="m0", instrument="GRIX", entry="55555555-5555-4555-8555-555555555555", received_at=alice.clock.now()
    )
    tell(visits=(entry,))
    screen = await alice.open()
    assert "Done. Received by the study." in screen.texts()
    assert not screen.has(START)
    assert not screen.has("change-m0-GRIX")


async def test_a_treatment_that_moves_begins_the_questionnaire_anew(due: Phone) -> None:
    screen = await due.open()
    await screen.tap(START)
    await screen.choose(3)
    await screen.tap("put-away")
    due.enrol(study_text=active_text(), facts=(anchor(21, planned="2026-12-04"),), wordings=installed("en"))
    await due.pass_time(minutes=1)
    assert "Open until the end of Thursday 3 December · about 2 minutes" in screen.texts()
    await screen.tap(START)
    assert "1 of 14" in screen.reads


@pytest.fixture
def two_due(alice: Phone) -> Phone:
    """A visit with 14 and 35 questions."""
    text = active_text().replace("slot = 3\n", "slot = 3\nactive = true\n")
    facts = (added(), anchor(20, planned="2026-11-27", actual_time="10:00"))
    alice.enrol(study_text=text, wordings=installed("en", codes=("GRIX", "QLQHN35")), facts=facts)
    return alice


async def test_two_questionnaires_of_a_visit_share_a_card(two_due: Phone) -> None:
    screen = await two_due.open()
    assert "Open until Friday 27 November at 10:00 · about 8 minutes" in screen.texts()
    await fill_in(two_due)
    await screen.tap("save")
    assert "1 of 2 questionnaires saved" in screen.texts()
    await screen.tap(START)
    assert "1 of 35" in screen.reads
    assert f"HN31 {MARK}" in screen.reads


async def test_a_visit_is_done_when_all_of_it_is(two_due: Phone) -> None:
    screen = await two_due.open()
    await fill_in(two_due)
    await screen.tap("save")
    await screen.tap(START)
    await two_due.fill_in(dict.fromkeys(range(35), 1))
    await screen.tap("save")
    assert [body.instrument for body in visits_saved(two_due)] == ["GRIX", "QLQHN35"]
    assert "Done. Saved on this phone." in screen.texts()
    assert screen.has("change-m0-QLQHN35")


class CrampedAfterwards(Journal):
    """There is room for the entry, and then none to take its draft away."""

    async def drop_draft(self, filling: Filling) -> None:
        raise DiaryUnavailable(Code.STORAGE_FULL, "full", "delete photos")


async def test_a_draft_that_cannot_be_taken_away_is_no_save_that_failed(due: Phone) -> None:
    journal = CrampedAfterwards(due.diary, due.clock, due.host.mode)
    due.state = due.state_with(lambda: journal)
    screen = await due.open()
    await fill_in(due)
    await screen.tap("save")
    assert not screen.has("problem")
    assert not screen.has(START)
    assert len(visits_saved(due)) == 1


async def test_a_visit_that_nobody_heard_the_end_of_is_not_saved_twice(due: Phone) -> None:
    screen = await due.open()
    await fill_in(due)
    filling = due.state.answering.filling
    assert filling is not None
    await screen.tap("save")
    await due.journal().save(filling, "en")
    assert len(visits_saved(due)) == 1
