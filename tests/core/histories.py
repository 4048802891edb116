"""What is known about a participant, told fact by fact, and the strategies that make it up."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from diary_app.core import facts as told
from diary_app.core.facts import Fact
from diary_app.core.study import Study, WindowRule, parse_study
from diary_app.core.windows import DiaryDay, expand, window_of

STUDY = parse_study(
    (Path(__file__).parents[2] / "assets/studies/mesrix-more.toml").read_text(encoding="utf-8"), file="mesrix-more.toml"
)
COPENHAGEN = "Europe/Copenhagen"
AUCKLAND = "Pacific/Auckland"
HONOLULU = "Pacific/Honolulu"


def utc(text: str) -> datetime:
    """`2026-10-01 15:30`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


def study_with(**changes: Any) -> Study:
    """The study, with another diary rule."""
    return STUDY.model_copy(update={"diary": STUDY.diary.model_copy(update=changes)})


def one_window(opens: str, closes: str, late_until: str) -> dict[str, Any]:
    """For `study_with`: a study with a single window choice."""
    rule = WindowRule.model_validate({"id": "only", "opens": opens, "closes": closes, "late_until": late_until})
    return {"windows": (rule,), "default_window": "only"}


@dataclass(frozen=True)
class History:
    """Facts in the order in which the server learned them."""

    facts: tuple[Fact, ...] = ()

    def tell(self, at: str, detail: Any) -> "History":
        number = len(self.facts) + 1
        return History((*self.facts, Fact(f"fact-{number:03}", utc(at), number, detail)))

    def zone(self, at: str, zone: str) -> "History":
        return self.tell(at, told.ZoneConfirmed(zone=zone))

    def choice(self, at: str, choice: str, instrument: str = "DMD") -> "History":
        return self.tell(at, told.WindowChosen(instrument=instrument, choice=choice))

    def anchor(self, at: str, anchor: str, **said: str) -> "History":
        return self.tell(at, told.AnchorSet.model_validate({"anchor": anchor, **said}))

    def status(self, at: str, status: str, effective: str, **said: Any) -> "History":
        detail = {"status": status, "effective": effective, "reason": "told_by_participant", **said}
        return self.tell(at, told.StatusSet.model_validate(detail))

    def revoke_latest(self, at: str) -> "History":
        return self.tell(at, told.StatusRevoked(revokes=self.facts[-1].id, reason="recorded_in_error"))

    def days(self, until: str, study: Study = STUDY) -> dict[str, DiaryDay]:
        return {found.day.isoformat(): found for found in expand(study, self.facts, day(until))}


def added(zone: str = COPENHAGEN, **choices: str) -> History:
    """Alice is on the list, 1 September 2026; her phone is not activated."""
    return History().tell("2026-09-01 08:00", told.ParticipantAdded(site="copenhagen", zone=zone, choices=choices))


def begun(zone: str = COPENHAGEN, **choices: str) -> History:
    """Alice's phone is activated and her practice entry done, 1 September 2026."""
    history = added(zone, **choices).tell("2026-09-01 09:00", told.PhoneActivated(device="phone"))
    return history.tell("2026-09-01 09:10", told.Trained())


def expected(days: dict[str, DiaryDay]) -> list[str]:
    """The dates that somebody is waiting for."""
    return [name for name, found in days.items() if found.expected]


def skipped(days: dict[str, DiaryDay]) -> dict[str, str]:
    """The dates that nobody is waiting for, with the reason."""
    return {name: str(found.not_expected) for name, found in days.items() if found.not_expected}


ZONES = (
    COPENHAGEN, AUCKLAND, HONOLULU, "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York",
    "America/Sao_Paulo", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu",
)  # fmt: skip
#: Windows that begin or end where clocks change, that are tiny, and that lie in the morning after.
ODD_WINDOWS = tuple(
    WindowRule.model_validate({"id": name, "opens": opens, "closes": closes, "late_until": late_until})
    for name, opens, closes, late_until in (
        ("midnight", "23:30", "+1 02:30", "+1 03:00"),
        ("narrow", "02:15", "02:45", "02:45"),
        ("morning_after", "+1 06:00", "+1 22:00", "+1 23:59"),
        ("whole_day", "12:00", "+1 12:00", "+1 12:00"),
    )
)
ODD_STUDY = study_with(windows=(*STUDY.diary.windows, *ODD_WINDOWS))
UNTIL = date(2026, 11, 15)
_BEGIN = datetime(2026, 8, 31, 16, tzinfo=UTC)

moments = st.one_of(
    st.integers(0, 74 * 24 * 60).map(lambda minutes: _BEGIN + timedelta(minutes=minutes)),
    st.integers(0, 74 * 24).map(lambda hours: _BEGIN + timedelta(hours=hours)),  # where windows open and close
)
dates = st.dates(date(2026, 8, 1), UNTIL)
zone_facts = st.builds(told.ZoneConfirmed, zone=st.sampled_from(ZONES))
choice_facts = st.builds(
    told.WindowChosen,
    instrument=st.sampled_from(["DMD", "DMD", "XQ"]),
    choice=st.sampled_from([rule.id for rule in ODD_STUDY.diary.windows] + ["unheard_of"]),
)
_some_date = st.none() | dates
anchor_facts = st.builds(
    told.AnchorSet,
    anchor=st.sampled_from(["treatment_1", "treatment_2"]),
    planned=_some_date.map(lambda given: given and given - timedelta(days=105)),
    actual=_some_date.map(lambda given: given and given - timedelta(days=105)),
    not_given=st.none() | _some_date,
)
start_facts = st.sampled_from([told.Trained(), told.PhoneActivated(device="another phone")])
status_facts = st.builds(
    told.StatusSet,
    status=st.sampled_from(list(told.Status)),
    effective=dates,
    effective_at=st.none() | moments,
    reason=st.just("coded"),
)
schedule_facts = st.one_of(zone_facts, zone_facts, choice_facts, anchor_facts, start_facts)


@st.composite
def histories(draw: st.DrawFn, details: st.SearchStrategy[Any] = schedule_facts, more: int = 8) -> tuple[Fact, ...]:
    """A participant whose diary began, and some more facts, each at a moment of its own."""
    begun_facts = begun(draw(st.sampled_from(ZONES))).facts
    ats = draw(st.lists(moments, max_size=more, unique=True))
    others = [Fact(f"more-{n}", at, n + 10, draw(details)) for n, at in enumerate(ats)]
    return (*begun_facts, *(fact for fact in others if not is_impossible(fact, begun_facts[0])))


def is_impossible(fact: Fact, added: Fact) -> bool:
    """A code, and with it a phone, is only given to a participant who was added; both by the server's clock."""
    return isinstance(fact.detail, told.PhoneActivated) and fact.at < added.at


def window_opens_late(found: DiaryDay) -> bool:
    """Whether it opened when it became known instead of at its wall time."""
    rule = ODD_STUDY.diary.window(found.choice)
    return found.opens != window_of(rule, found.day, found.zone).opens
