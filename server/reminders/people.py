"""What decides about reminders of many participants at once: their wishes, pauses and statuses, read together."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Connection

from diary_app.core.facts import ContactField, Fact, Status, StatusSet
from diary_app.core.prompts import Pause
from diary_app.core.records import RecordKind
from diary_app.core.wishes import Wishes, ended_by, wishes
from server.db import records, staff_facts
from server.intake.known import fact_from_row, pause_from_row

_KINDS = ("participant_added", "reminders", "status", "status_revoked", "contact_detail")


class People:
    """The participants of one batch."""

    def __init__(self, connection: Connection, participants: Collection[str]) -> None:
        self._facts: dict[str, list[Fact]] = defaultdict(list)
        self._wishes: dict[str, Wishes] = {}
        self._pauses: dict[str, list[Pause]] = defaultdict(list)
        for fact in staff_facts.of_kinds(connection, participants, _KINDS):
            self._facts[fact.participant].append(fact_from_row(fact))
        for row in records.of_kind_of_all(connection, participants, RecordKind.PAUSE):
            self._pauses[row.participant].append(pause_from_row(row))

    def wishes(self, participant: str) -> Wishes:
        """When and how the participant wants to be reminded."""
        if participant not in self._wishes:
            self._wishes[participant] = wishes(self._facts[participant])
        return self._wishes[participant]

    def pauses(self, participant: str) -> list[Pause]:
        """What the participant said of pauses."""
        return self._pauses[participant]

    def said_of(self, participant: str, field: ContactField) -> datetime | None:
        """When something was last said of that address: set, changed, confirmed or erased."""
        said = [fact.at for fact in self._facts[participant] if getattr(fact.detail, "field", None) == field]
        return max(said, default=None)

    def ended_by(self, participant: str, day: date) -> Status | None:
        """The status that forbids reminders of that diary day."""
        said = self._facts[participant]
        return ended_by(said, day) if any(isinstance(fact.detail, StatusSet) for fact in said) else None
