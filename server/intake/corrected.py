"""The corrections that there are of participants, and what the approved ones make of their entries."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection

from diary_app.core.correction_facts import STAFF_KINDS
from diary_app.core.corrections import Correction, Overlay, answer_in, corrections
from diary_app.core.facts import Fact
from diary_app.core.records import RecordKind, parse
from server.db import records, staff_facts
from server.intake.known import fact_from_row


def overlays(connection: Connection, participants: Collection[str]) -> dict[str, Overlay]:
    """Of those participants for whom corrections were asked for."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for row in staff_facts.of_kinds(connection, participants, STAFF_KINDS):
        found[row.participant].append(fact_from_row(row))
    return {participant: Overlay(facts) for participant, facts in found.items()}


def corrections_of(connection: Connection, participant: str) -> tuple[Correction, ...]:
    """Every correction of one participant with the participant's own answers, oldest first."""
    asked = [fact_from_row(row) for row in staff_facts.of_kinds(connection, [participant], STAFF_KINDS)]
    if not asked:
        return ()
    own = records.of_kind(connection, participant, RecordKind.ACKNOWLEDGEMENT)
    answers = [answer_in(parse(row.text), row.change_no) for row in own]
    return corrections([*asked, *(answer for answer in answers if answer)])
