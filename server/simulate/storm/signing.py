"""Signatures in a storm: what was signed stands as signed, or is shown as superseded once its days are others (R23)."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import Connection, text

from diary_app.core.staff_acts import Meaning
from server.db.engine import reading
from server.simulate.storm.anybody import Anybody
from server.simulate.storm.counts import Kind
from server.simulate.storm.decided import Content, Decided, SignedDays
from server.simulate.storm.desk import Desk
from server.simulate.storm.ledger import Ledger
from server.simulate.storm.persons import Person
from server.trail import signing
from server.trail.signing import Wanted

_ENTRIES = text(
    "SELECT id FROM record WHERE participant = :participant AND kind = 'entry' AND practice = 0 "
    "AND diary_day BETWEEN :first AND :last"
)
_EVENINGS = text(
    "SELECT diary_day, entry FROM expected_day WHERE participant = :participant AND instrument = 'DMD' "
    "AND diary_day BETWEEN :first AND :last"
)
#: A status that is revoked lets in what was sealed because of it.
_ABOUT_A_DAY = frozenset({"excused", "paper_entry", "quarantine_settled", "quarantine_reopened", "status_revoked"})


def sign(desk: Desk, person: Person, first: date, last: date) -> None:
    """An investigator signs these days as they stand. Raises `ServerDown`, `RequestRefused`."""
    services = desk.house.services
    with desk.house.spared():
        wanted = Wanted(person.participant, first, last, Meaning.REVIEWED)
        fact = signing.sign_as(services, wanted, by=Anybody("storm", "storm", "Storm"))
    desk.recorded(person, fact.detail, fact.id)
    with reading(services.engine) as connection:
        content, records = _standing(connection, desk.decided, person.participant, first, last)
    desk.decided.signed.append(
        SignedDays(fact.id, person.participant, first, last, records, content, _acts(desk.decided, person.participant))
    )
    desk.ledger.befell[Kind.SIGNED] += 1


def check(connection: Connection, ledger: Ledger, decided: Decided) -> None:
    """Each signature that the database knows, against what its days had when it was made and what they have now."""
    for participant in sorted({one.participant for one in decided.signed}):
        shown = {one.fact.id: one.valid for one in signing.signatures(connection, participant)}
        for one in (it for it in decided.signed if it.participant == participant):
            if one.fact not in shown:
                ledger.violated(f"{participant}'s signature of {one.first} to {one.last} is nowhere")
            elif not any((participant, str(day)) in ledger.locked for day in _days(one.first, one.last)):
                _compare(connection, ledger, decided, one, is_valid=shown[one.fact])


def _compare(connection: Connection, ledger: Ledger, decided: Decided, one: SignedDays, *, is_valid: bool) -> None:
    content, records = _standing(connection, decided, one.participant, one.first, one.last)
    name = f"{one.participant}'s signature of {one.first} to {one.last}"
    ledger.befell[Kind.SUPERSEDED] += not is_valid
    if is_valid and content != one.content:
        day = min(day for day in content.keys() | one.content.keys() if content.get(day) != one.content.get(day))
        ledger.violated(f"{name} is shown as valid, and {day} has other answers than were signed")
    if not is_valid and records == one.records and _acts(decided, one.participant) == one.acts:
        ledger.violated(f"{name} is shown as superseded, and nothing came since")


def _standing(
    connection: Connection, decided: Decided, participant: str, first: date, last: date
) -> tuple[Mapping[str, Content], frozenset[str]]:
    """The answers that count for each day, with what was put right; and every entry of these days, counted or not."""
    values = {"participant": participant, "first": first.isoformat(), "last": last.isoformat()}
    rows = {row.diary_day: row.entry for row in connection.execute(_EVENINGS, values) if row.entry is not None}
    content = {day: (entry, tuple(sorted(decided.answers.get(entry, {}).items()))) for day, entry in rows.items()}
    return content, frozenset(connection.execute(_ENTRIES, values).scalars())


def _acts(decided: Decided, participant: str) -> int:
    """How many acts there were that may be about a day; those of a correction are."""
    return sum(
        one.participant == participant and (one.kind in _ABOUT_A_DAY or one.kind.startswith("correction_"))
        for one in decided.acts
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
