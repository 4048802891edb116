"""A sign of life between syncs: the phone is there and held so much when its app last ran.

It comes from the service worker, which sees no record and cannot know what was saved since it was last told. So it is
never a complete contact, raises no doubt about the chain and moves nothing that is proven.
"""

from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.wire import ContactRequest
from server.db import contacts, days, devices
from server.db.contacts import Contact
from server.intake.contact import clock_flags, under_contact
from server.intake.held import holding
from server.intake.regrade import OPEN_QUESTIONS, settle, unchanged
from server.services import Services

#: Marks such a contact among the flags of the others.
BY_REMINDER = "by_reminder"


def note_presence(
    connection: Connection, services: Services, participant: str, message: ContactRequest, now: datetime
) -> None:
    """Keep the contact as evidence; days that are unknown may now be so for another reason."""
    flags = (BY_REMINDER, *clock_flags(message.device_clock, now))
    contact = Contact(
        id=services.environment.new_id(), participant=participant, device=message.device,
        received_at=now, device_clock=message.device_clock, pending=message.pending,
        head_sequence=message.head.sequence, head_hash=message.head.hash, complete=0, flags=",".join(flags),
    )  # fmt: skip
    with holding(connection, participant) as held:
        contacts.add(connection, [contact])
        _mark_seen(connection, contact)
        services.graded.note(now)
        settle([held], unchanged(days.unsettled(connection, participant, OPEN_QUESTIONS, now)), now)


def _mark_seen(connection: Connection, contact: Contact) -> None:
    """What was heard later counts, whichever was committed first."""
    device = devices.get(connection, contact.device)
    assert device is not None, "an authenticated installation has a row"
    if device.last_seen_at is None or device.last_seen_at <= contact.received_at:
        devices.save(connection, under_contact(device, contact))
