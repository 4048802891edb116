"""What is known of a participant's phones and codes, for the page where a phone is begun with, replaced or lost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.facts import DeviceState
from diary_app.core.lending import is_code_for_lent, is_lent, is_next_lent
from diary_app.core.times import format_utc
from server.console.desk import Desk
from server.db import codes, devices
from server.db.codes import EnrolmentCode
from server.db.participants import Participant
from server.intake.known import facts_of

#: Coded reasons for a phone that is not there any more.
LOST_REASONS: Mapping[str, str] = {
    "reported_lost": message("lost"),
    "stolen": message("stolen"),
    "broken": message("broken or wiped"),
}


@dataclass(frozen=True)
class PhoneView:
    """`active_since`, `last_seen`: of the phone that has the diary now; `letter`: one whose code waits.

    `is_lent`: the phone that has the diary is the site's own; `is_for_lent`: the letter is for such a phone;
    `is_next_lent`: the next letter is, unless somebody says otherwise.
    """

    active_since: datetime | None
    last_seen: datetime | None
    letter: EnrolmentCode | None
    lost_at: datetime | None
    is_lent: bool
    is_for_lent: bool
    is_next_lent: bool

    @property
    def ends(self) -> str:
        """What a new letter would end, for the form: the moment in which it was made, empty for none."""
        return format_utc(self.letter.issued_at) if self.letter else ""

    @property
    def is_first(self) -> bool:
        """Whether there was never a phone."""
        return self.active_since is None and self.lost_at is None


def phone_view(connection: Connection, person: Participant, desk: Desk) -> PhoneView:
    """As it stands now."""
    known = devices.of(connection, [person.id])
    active = next((one for one in known if one.state == DeviceState.ACTIVE), None)
    facts = facts_of(connection, person.id)
    lost = [one.active_until or one.active_from for one in known if one.state != DeviceState.ACTIVE]
    letter, in_use = codes.waiting(connection, person.id, desk.now), [active.device] if active else []
    return PhoneView(
        active.active_from if active else None,
        active.last_seen_at if active else None,
        letter,
        max(lost, default=None),
        is_lent(facts, in_use),
        is_code_for_lent(facts),
        is_next_lent(facts, in_use, is_code_waiting=letter is not None),
    )
