"""What the overview says, in both languages, without blame."""

import ast
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from diary_app.core.anchors import Anchor
from diary_app.core.compliance import BothReadings, CallKind, CallReason, Rate
from diary_app.core.facts import ExcuseReason
from diary_app.core.grading import State, UnknownReason
from diary_app.core.status import DisplayStatus
from diary_app.core.windows import NotExpected
from diary_app.resources import catalogue
from server.console.course import Course
from server.console.dates import Calendar
from server.console.heatmap import Cell, Evening
from server.console.person import coded
from server.console.words import REASONS, STATES, Words
from server.db.overview import DiarySpan

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
LABELS = {
    "en": {"treatment_1": "Treatment 1", "treatment_2": "Treatment 2"},
    "da": {"treatment_1": "1. behandling", "treatment_2": "2. behandling"},
}


def words(language: str = "en") -> Words:
    calendar = Calendar(language, "Europe/Copenhagen", TODAY)
    return Words(catalogue(language, "console"), calendar, LABELS[language])


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def evening(**counts: int) -> Evening:
    values = {"of": 41, "filled": 0, "open": 0, "missed": 0, "unknown": 0, "undecided": 0, "excused": 0, **counts}
    closes = NOON if values["open"] else None
    return Evening(day=TODAY - timedelta(days=1), first_closes=closes, last_closes=closes, **values)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Sunday: 37 of 41 evenings are in; 4 not in yet (open until 12:00)."),
        ("da", "Søndag: 37 af 41 aftener er modtaget; 4 mangler endnu (åben til 12.00)."),
    ],
)
def test_the_sentence_of_the_morning(language: str, sentence: str) -> None:
    assert words(language).latest(evening(filled=37, open=4)) == sentence


def test_evenings_that_end_at_two_times() -> None:
    two = Evening(TODAY, 5, 3, 2, 0, 0, 0, 0, NOON, NOON + timedelta(hours=2))
    assert words().latest(two) == "Monday: 3 of 5 evenings are in; 2 not in yet (open until 12:00 or 14:00)."


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Sunday: 1 missed, 1 not heard from, 2 not decided."),
        ("da", "Søndag: 1 ikke udfyldt, 1 ikke hørt fra, 2 ikke afgjort."),
    ],
)
def test_the_sentence_of_the_evening_before(language: str, sentence: str) -> None:
    assert words(language).before(evening(filled=37, missed=1, unknown=1, undecided=2)) == sentence


def test_a_whole_evening_is_good_news() -> None:
    assert words().before(evening(filled=41)) == "Sunday: all 41 are in."


@pytest.mark.parametrize(
    ("cell", "english", "danish"),
    [
        (Cell(TODAY, State.DONE), "done", "udfyldt"),
        (Cell(TODAY, State.LATE, "forgot"), "filled in late", "udfyldt sent"),
        (Cell(TODAY, State.OPEN, until=NOON), "open – until 12:00", "åben – til 12.00"),
        (
            Cell(TODAY, State.OPEN, until=NOON, is_late_hour=True),
            "open – can still be filled in until 12:00",
            "åben – kan stadig udfyldes til 12.00",
        ),
        (Cell(TODAY, State.NOT_YET_DUE, until=NOON), "not yet due – opens 12:00", "endnu ikke åben – åbner 12.00"),
        (
            Cell(TODAY, State.UNKNOWN, "silent"),
            "not heard from – the phone has not been in touch since",
            "ikke hørt fra – telefonen har ikke været i kontakt siden",
        ),
        (Cell(TODAY, State.EXCUSED, "too_ill"), "excused – too ill", "fritaget – for syg"),
        (
            Cell(TODAY, State.NOT_EXPECTED, "travel"),
            "not expected – skipped while travelling between time zones",
            "ikke ventet – faldt ud under rejse mellem tidszoner",
        ),
        (
            Cell(TODAY, State.EXTRA),
            "extra entry – outside the rates",
            "ekstra besvarelse – tæller ikke med",
        ),
    ],
)
def test_a_cell_says_its_state_and_reason(cell: Cell, english: str, danish: str) -> None:
    assert (words("en").state(cell), words("da").state(cell)) == (english, danish)


def test_every_state_and_reason_has_words() -> None:
    assert set(STATES) == set(State)
    assert set(REASONS) >= {*UnknownReason, *ExcuseReason, *NotExpected}


def test_no_word_of_the_console_blames() -> None:
    texts = [*STATES.values(), *REASONS.values()]
    assert not any(word in text for text in texts for word in ("fail to", "forgot", "non-compliant", "!"))


GIVEN = {
    "treatment_1": Anchor("treatment_1", actual=TODAY - timedelta(days=33)),
    "treatment_2": Anchor("treatment_2", planned=TODAY + timedelta(days=87)),
}


@pytest.mark.parametrize(
    ("course", "has_days", "phase"),
    [
        (Course(GIVEN), True, "Treatment 1, day 34"),
        (Course({"treatment_1": Anchor("treatment_1", actual=TODAY)}), True, "Treatment 1, day 1"),
        (Course({"treatment_1": Anchor("treatment_1", planned=date(2026, 11, 25))}), True, "2 days to treatment 1"),
        (Course({"treatment_1": Anchor("treatment_1", planned=date(2026, 11, 24))}), True, "1 day to treatment 1"),
        (Course({"treatment_1": Anchor("treatment_1", planned=date(2026, 11, 1))}), True, "before treatment 1"),
        (Course({"treatment_1": Anchor("treatment_1")}), True, "before treatment 1"),
        (Course({}), True, "–"),
        (Course(GIVEN, DisplayStatus.CONSENT_WITHDRAWN), True, "consent withdrawn"),
        (Course(GIVEN, DisplayStatus.TREATMENT_STOPPED), True, "Treatment 1, day 34"),
        (Course(GIVEN), False, "practice not done yet"),
        (Course(span=DiarySpan(date(2026, 11, 24), date(2026, 12, 7))), False, "starts Tue 24 Nov"),
        (Course(span=DiarySpan(date(2025, 1, 1), date(2025, 12, 24))), False, "diary ended Wed 24 Dec 2025"),
    ],
)
def test_the_phase_of_a_participant(course: Course, has_days: bool, phase: str) -> None:
    assert plain(words().phase(course, has_days=has_days)) == phase


@pytest.mark.parametrize(
    ("hours", "english", "danish"),
    [
        (1, "today 11:00", "i dag 11.00"),
        (14, "yesterday 22:00", "i går 22.00"),
        (60, "Sat 21 Nov", "lør. 21. nov."),
    ],
)
def test_the_last_contact_in_local_time(hours: int, english: str, danish: str) -> None:
    moment = NOON - timedelta(hours=hours)
    assert (plain(words().last_contact(moment)), plain(words("da").last_contact(moment))) == (english, danish)


def test_no_contact_at_all() -> None:
    assert words().last_contact(None) == "never"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (CallReason(CallKind.DAYS_IN_A_ROW, 3, 3), "not heard from for 3 evenings in a row"),
        (CallReason(CallKind.DAYS_IN_A_ROW, 3, 1), "3 evenings in a row without an entry"),
        (CallReason(CallKind.FEW_OF_SEVEN, 4, 0), "4 of the last 7 evenings without an entry"),
        (
            CallReason(CallKind.GAP_BEFORE_VISIT, 1, 0, date(2026, 11, 25)),
            "treatment or visit on Wed 25 Nov, and 1 of the last 7 evenings is without an entry",
        ),
    ],
)
def test_why_to_call(reason: CallReason, said: str) -> None:
    assert plain(words().call(reason)) == said


def test_a_rate_has_its_denominator_in_both_readings() -> None:
    said = words().rate(BothReadings(Rate(5, 6), Rate(5, 7)))
    assert said == ("Filled in 5 of 6 closed days of the last 7; 5 of 7 with excused days counted as missed")
    assert words().fraction(Rate(0, 0)) == "–"


def test_no_code_of_a_page_is_written_over_by_another() -> None:
    """Codes of different lists may be alike, and the later one would speak for both."""
    tree = ast.parse(Path(coded.__file__).read_text(encoding="utf-8"))
    (written,) = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "_CODED"
    ]
    assert isinstance(written, ast.Dict)
    assert len(written.keys) == len(coded._CODED)  # noqa: SLF001 - what is written twice is in no other place
