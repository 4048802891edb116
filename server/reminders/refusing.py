"""Addresses that whoever delivers refuses for good: nothing more is sent there until the participant was asked.

A server that takes nothing from anybody refuses one address after the other. So one that is refused right after another
is not blamed yet: it is tried again, and by then something has left by that channel, or nothing does.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from diary_app.core.facts import Channel
from server.db import contact_details, state
from server.reminders.channel import Sent
from server.reminders.fates import Sending, is_refused
from server.reminders.people import People
from server.reminders.routes import ADDRESS


def note_refusals(connection: Connection, sendings: Sequence[Sending]) -> None:
    """In the order in which they were tried; of an address that was changed meanwhile nothing is known."""
    before = frozenset((state.value(connection, state.REFUSED_LAST) or "").split())
    last, blamed = set(before), []
    for sending in sendings:
        channel = sending.row.channel
        if isinstance(sending.fate, Sent):
            last.discard(channel)
        elif is_refused(sending.fate) and channel in ADDRESS:
            if channel not in last:
                blamed.append(sending)
            last.add(channel)
    if last != before:
        state.set_value(connection, state.REFUSED_LAST, " ".join(sorted(last)))
    if blamed:
        whose = sorted({sending.row.participant for sending in blamed})
        contact_details.hold(connection, whose)
        people = People(connection, whose)
        for sending in blamed:
            _blame(connection, people, sending)


def _blame(connection: Connection, people: People, sending: Sending) -> None:
    participant, field = sending.row.participant, ADDRESS[Channel(sending.row.channel)]
    said = people.said_of(participant, field)
    if said is None or said <= sending.at:
        contact_details.note_refused(connection, participant, field, sending.at)
