"""The corrections that there are of participants, and what the approved ones make of their entries."""

from collections import defaultdict
from collections.abc import Collection
from typing import Literal

from sqlalchemy import Connection

from diary_app.core.correction_facts import STAFF_KINDS, CorrectionRequested
from diary_app.core.corrections import (
    Correction,
    CorrectionState,
    Overlay,
    answer_in,
    approved,
    corrections,
    overlay_of,
)
from diary_app.core.facts import Fact
from diary_app.core.records import RecordKind, parse
from diary_app.core.wire import CorrectionTold
from server.db import records, shapes, staff_facts
from server.intake.known import fact_from_row


def overlays(connection: Connection, participants: Collection[str]) -> dict[str, Overlay]:
    """Of those participants for whom corrections were asked for."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for row in staff_facts.of_kinds(connection, participants, STAFF_KINDS):
        found[row.participant].append(fact_from_row(row))
    return {participant: overlay_of(facts) for participant, facts in found.items()}


def corrections_of(connection: Connection, participant: str) -> tuple[Correction, ...]:
    """Every correction of one participant with the participant's own answers, oldest first."""
    rows = staff_facts.of_kinds(connection, [participant], STAFF_KINDS)
    return with_answers(connection, participant, [fact_from_row(row) for row in rows])


def corrections_among(connection: Connection, participants: Collection[str]) -> dict[str, tuple[Correction, ...]]:
    """The same of many who were asked about, with two queries for each chunk of them."""
    found: dict[str, list[Fact]] = {participant: [] for participant in participants}
    for some in shapes.chunks(participants):
        for row in staff_facts.of_kinds(connection, some, STAFF_KINDS):
            found[row.participant].append(fact_from_row(row))
        for stored in records.of_kind_of_all(connection, some, RecordKind.ACKNOWLEDGEMENT):
            if answer := answer_in(parse(stored.text), stored.change_no):
                found[stored.participant].append(answer)
    return {participant: corrections(facts) for participant, facts in found.items()}


def with_answers(connection: Connection, participant: str, facts: Collection[Fact]) -> tuple[Correction, ...]:
    """The same from staff facts that were read before; no query where no correction was ever asked for."""
    if not any(isinstance(fact.detail, CorrectionRequested) for fact in facts):
        return ()
    own = records.of_kind(connection, participant, RecordKind.ACKNOWLEDGEMENT)
    answers = [answer_in(parse(row.text), row.change_no) for row in own]
    return corrections([*facts, *(answer for answer in answers if answer)])


def corrections_told(connection: Connection, participant: str, facts: Collection[Fact]) -> tuple[CorrectionTold, ...]:
    """What the participant's phone hears: questions that wait for an answer, then what counts."""
    known = with_answers(connection, participant, facts)
    waiting = [one for one in known if one.state is CorrectionState.ASKED]
    return (*(_told(one, counts=0) for one in waiting), *(_told(one, counts=1) for one in approved(known)))


def _told(one: Correction, *, counts: Literal[0, 1]) -> CorrectionTold:
    about = one.wanted
    return CorrectionTold(
        correction=one.id, entry=about.entry, instrument=about.instrument, diary_day=about.diary_day,
        change=about.change, approved=counts, approved_at=one.settled_at,
    )  # fmt: skip
