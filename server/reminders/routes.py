"""Which channel a reminder takes: the participant's order, what there is an address for, and what is set up here."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from diary_app.core.facts import Channel, ContactField
from diary_app.core.wishes import EVERY_CHANNEL
from server.db import contact_details, push_addresses
from server.settings import Settings

#: The contact data that a channel needs; where to push, the phone says itself.
ADDRESS = {Channel.EMAIL: ContactField.EMAIL, Channel.SMS: ContactField.PHONE}


@dataclass(frozen=True)
class Usable:
    """The channels of this server; written-out messages need no address."""

    channels: frozenset[Channel]
    written_out: bool = False


def usable(settings: Settings) -> Usable:
    """What the settings have set up."""
    if settings.outbox:
        return Usable(frozenset(ADDRESS), written_out=True)
    set_up = {Channel.PUSH: settings.push_hosts, Channel.EMAIL: settings.smtp_host, Channel.SMS: settings.sms_url}
    return Usable(frozenset(channel for channel, setting in set_up.items() if setting))


def reach_of(connection: Connection, participants: Collection[str]) -> dict[str, frozenset[Channel]]:
    """For which channels there is an address of each that is not refused; who has none at all is left out."""
    details = contact_details.of_all(connection, participants)
    refused = contact_details.refused(connection, participants)
    pushed = push_addresses.of_active(connection, participants)
    return {
        participant: frozenset(
            _channels(details.get(participant, {}), refused.get(participant, {}), participant in pushed)
        )
        for participant in {*details, *pushed}
    }


def _channels(details: contact_details.Reach, refused: Collection[ContactField], is_pushed: bool) -> Iterator[Channel]:
    yield from (channel for channel, field in ADDRESS.items() if details.get(field) and field not in refused)
    if is_pushed:
        yield Channel.PUSH


@dataclass(frozen=True)
class Routes:
    """For the participants of one batch. `reach`: for which channels there is an address, absent for none at all.

    `silent`: closed days without an entry or a contact.
    """

    usable: Usable
    reach: Mapping[str, frozenset[Channel]]
    silent: Mapping[str, int]

    def anything_wanted(self, participant: str, chosen: Sequence[Channel] | None) -> bool:
        """Whether the participant is to be reminded by messages at all: chose a channel, or has an address."""
        return bool(chosen) or self.usable.written_out or participant in self.reach

    def channel(self, participant: str, chosen: Sequence[Channel] | None, days_each: int) -> Channel | None:
        """The participant's channel today: the next one after so many silent days, the last one from then on."""
        there = self.order(participant, chosen)
        steps = self.silent.get(participant, 0) // days_each
        return there[min(steps, len(there) - 1)] if there else None

    def order(self, participant: str, chosen: Sequence[Channel] | None) -> list[Channel]:
        """The participant's channels that can be used, in order."""
        return [channel for channel in chosen or EVERY_CHANNEL if self._can_use(participant, channel)]

    def _can_use(self, participant: str, channel: Channel) -> bool:
        has_address = self.usable.written_out or channel in self.reach.get(participant, ())
        return channel in self.usable.channels and has_address


def after(order: Sequence[Channel], channel: str) -> Channel | None:
    """The channel that follows in the order; None after the last."""
    places = [number for number, one in enumerate(order) if one == channel]
    return next(iter(order[places[0] + 1 :] if places else order), None)
