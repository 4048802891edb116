"""The visits of a participant in words: when each is, and how each of its questionnaires stands."""

from dataclasses import dataclass
from datetime import datetime

from diary_app.core.grading import State
from diary_app.core.history import home_zone
from diary_app.core.status import terms
from diary_app.core.visits import VisitWindow, ended_by, visit_windows
from server.console.person.coded import coded
from server.console.person.person import Person
from server.console.signs import sign_of
from server.console.words import SIGNS, STATES
from server.intake.visits import VisitState, visit_states

#: What a visit can still do something about, or nobody knows of.
_UNSETTLED = (State.OPEN, State.NOT_YET_DUE, State.UNKNOWN)


@dataclass(frozen=True)
class Questionnaire:
    """One questionnaire at one visit. `shape`: of its state, empty where nobody expects it."""

    name: str
    state: str
    shape: str
    window: str
    is_unsettled: bool


@dataclass(frozen=True)
class Visit:
    """One visit of the study; without questionnaires where none is in use.

    `window`: in words; where the participant's part ends before it closes, that instead.
    """

    name: str
    window: str
    questionnaires: tuple[Questionnaire, ...]


def visits_of(person: Person) -> list[Visit]:
    """Every visit of the study, in its order."""
    study, language = person.desk.services.study, person.desk.staff.language
    states = visit_states(person.connection, study, [person.id], person.desk.now)
    zone = home_zone(person.facts) or person.site.zone
    windows = {one.visit: one for one in visit_windows(study, person.facts, zone)}
    found = []
    for rule in study.visits:
        own = tuple(_questionnaire(person, one) for one in states if one.visit == rule.id)
        found.append(Visit(rule.label.get(language, rule.id), _expected(person, windows.get(rule.id)), own))
    return found


def unsettled(person: Person) -> list[tuple[str, Questionnaire]]:
    """What can be filled in now or later, or nobody knows of, with the name of its visit."""
    return [(visit.name, one) for visit in visits_of(person) for one in visit.questionnaires if one.is_unsettled]


def _questionnaire(person: Person, one: VisitState) -> Questionnaire:
    sign = sign_of(one.state, one.reason)
    shape = "" if one.state is State.NOT_EXPECTED else sign.value
    window = _window(person, one.opens, one.closes)
    return Questionnaire(one.instrument, person.desk.say(SIGNS[sign]), shape, window, one.state in _UNSETTLED)


def _expected(person: Person, window: VisitWindow | None) -> str:
    ended = ended_by(window, terms(person.facts))
    if ended:
        return f"{person.desk.say(STATES[State.NOT_EXPECTED])}: {coded(person.desk.texts, ended)}"
    return _window(person, window.opens, window.closes) if window else _window(person, None, None)


def _window(person: Person, opens: datetime | None, closes: datetime | None) -> str:
    if opens is None or closes is None:
        return person.desk.say("no window yet")
    return f"{person.calendar.moment(opens)} – {person.calendar.moment(closes)}"
