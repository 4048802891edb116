"""Signatures with their meaning, superseded ones shown as such, and locks; each asks for the password again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from fastapi import Response

from diary_app.core.errors import RequestRefused
from diary_app.core.staff_acts import DaysLocked, DaysUnlocked, LockingReason, Meaning
from server.access.proving import Person as Proven
from server.access.proving import prove
from server.access.roles import Permission
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.person.acts import Typed, TypedDep, attempt, chosen, day_in
from server.console.person.coded import MEANINGS, coded
from server.console.person.coded import options as options_of
from server.console.person.header import page
from server.console.person.person import Person, person_at
from server.dependencies import AddressDep
from server.intake import locking
from server.intake.locking import Range
from server.trail import signing
from server.trail.signing import Signature, Wanted

TAB = "/signatures"
_NAMED = 3
router = routes()


@dataclass(frozen=True)
class Signed:
    """One signature. `superseded`: what was changed since; empty while it is valid."""

    name: str
    role: str
    moment: str
    meaning: str
    days: str
    count: int
    superseded: str


@router.get("/participants/{participant}/signatures")
def show_signatures(desk: DeskDep, participant: str) -> Response:
    """What was signed, what is locked, and the forms for the investigator."""
    return _page(desk, participant, {})


@router.post("/participants/{participant}/sign")
def sign(desk: FormDeskDep, typed: TypedDep, address: AddressDep, participant: str) -> Response:
    """Sign days as they stand."""

    def work() -> None:
        wanted = Wanted(
            participant, day_in(typed, "first"), day_in(typed, "last"), chosen(Meaning, typed.get("meaning", ""))
        )
        signing.sign(
            desk.services, wanted, username=desk.staff.username, password=typed.get("password", ""), address=address
        )

    return _attempt(desk, participant, typed, work, "signed")


@router.post("/participants/{participant}/lock")
def lock(desk: FormDeskDep, typed: TypedDep, address: AddressDep, participant: str) -> Response:
    """Lock days, or all."""
    return _attempt(desk, participant, typed, lambda: _locking(desk, participant, typed, address, locking.lock))


@router.post("/participants/{participant}/unlock")
def unlock(desk: FormDeskDep, typed: TypedDep, address: AddressDep, participant: str) -> Response:
    """Unlock days, or all."""
    return _attempt(desk, participant, typed, lambda: _locking(desk, participant, typed, address, locking.unlock))


def _locking(desk: Desk, participant: str, typed: Typed, address: str, act: Callable[..., object]) -> None:
    days, reason = _range(typed), chosen(LockingReason, typed.get("reason", ""))
    act(desk.services, participant, days, reason, by=proven(desk, typed, address))


def proven(desk: Desk, typed: Typed, address: str) -> Proven:
    """Whoever is at the desk, shown by their password once more. Raises `RequestRefused`."""
    return prove(desk.services, username=desk.staff.username, password=typed.get("password", ""), address=address)


def _range(typed: Typed) -> Range:
    if not typed.get("from") and not typed.get("to"):
        return None
    return day_in(typed, "from"), day_in(typed, "to")


def _attempt(desk: Desk, participant: str, typed: Typed, work: Callable[[], object], said: str = "saved") -> Response:
    return attempt(
        desk, participant, work,
        show=lambda refusal: _page(desk, participant, typed, refusal), to=TAB, said=said,
    )  # fmt: skip


def _page(desk: Desk, participant: str, typed: Typed, refusal: RequestRefused | None = None) -> Response:
    with person_at(desk, participant) as person:
        return page(
            person, "signatures", TAB, refusal=refusal, typed=typed,
            signed=[_signed(person, one) for one in reversed(signing.signatures(person.connection, person.id))],
            locks=_locks(person), may_sign=person.may(Permission.SIGN), may_lock=person.may(Permission.LOCK_DAYS),
            meanings=[(code.value, desk.say(words)) for code, words in MEANINGS.items()],
            reasons=options_of(desk.texts, LockingReason),
        )  # fmt: skip


def _signed(person: Person, one: Signature) -> Signed:
    said = one.said
    changes = [f"{change.kind} {person.calendar.short_day(change.day)}" for change in one.changed[:_NAMED]]
    more = len(one.changed) - _NAMED
    return Signed(
        name=said.name, role=said.by_role, moment=person.calendar.moment(one.fact.at),
        meaning=person.desk.say(MEANINGS[said.meaning]), days=_days(person, said.first, said.last),
        count=said.count,
        superseded=", ".join([*changes, *([person.desk.say("{number} more", number=more)] if more > 0 else [])]),
    )  # fmt: skip


def _locks(person: Person) -> list[tuple[str, str, str]]:
    say, found = person.desk.say, []
    for fact in reversed(person.facts):
        if isinstance(fact.detail, DaysLocked | DaysUnlocked):
            what = say("Locked") if isinstance(fact.detail, DaysLocked) else say("Unlocked")
            why = coded(person.desk.texts, fact.detail.reason)
            by = f"{person.by(fact)}, {person.calendar.moment(fact.at)}"
            found.append((f"{what}: {_days(person, fact.detail.first, fact.detail.last)}", why, by))
    return found


def _days(person: Person, first: date | None, last: date | None) -> str:
    if first is None or last is None:
        return person.desk.say("all days")
    return f"{person.calendar.short_day(first)} – {person.calendar.short_day(last)}"
