"""Making the working tables again from facts alone: participants' counters, installations, expected days.

Three things are in no fact. From when prompts are still to be looked at is kept where a row has it, as nothing is
queued twice. Nonces are kept where a row has them; without rows, a rebuild goes with a new epoch, in which
no nonce is judged. Change numbers only ever go on: each rebuilt day takes a new one, so every phone hears of it again.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from diary_app.core.corrections import overlay_of
from diary_app.core.facts import DeviceStateSet, Fact, ParticipantAdded, PhoneActivated
from diary_app.core.study import Study
from diary_app.core.study_versions import InForce
from server.db import contacts, days, devices, participants, quarantine, records, reminders, staff_facts
from server.db.contacts import Contact
from server.db.devices import Activation, Device
from server.db.participants import Participant
from server.db.stored_entries import version_of
from server.intake import installations
from server.intake.accepted import every_accepted
from server.intake.contact import DOUBTS, under_contact
from server.intake.held import Held, save
from server.intake.known import facts_of
from server.intake.regrade import settle
from server.intake.schedule import extra_days, reschedule
from server.intake.settling import rebuild_settlements
from server.intake.transcribed import counting_sheets, transcribed
from server.reminders.ledger import rebuilt


class Studied(Protocol):
    """Whoever knows the study and every version of it that was live, oldest first."""

    @property
    def study(self) -> Study:
        """The newest."""
        ...

    @property
    def versions(self) -> tuple[InForce, ...]:
        """All of them."""
        ...


def rebuild(connection: Connection, studied: Studied, now: datetime, only: Collection[str] | None = None) -> int:
    """Rebuild every participant's working rows as of `now`, or those of some; how many participants that were."""
    everybody = staff_facts.participants(connection) if only is None else sorted(only)
    for participant in everybody:
        facts = facts_of(connection, participant)
        held = Held(connection, _participant(connection, studied, participant, facts))
        _rebuild_devices(held, facts)
        rebuild_settlements(held, facts)
        _rebuild_days(held, studied, facts, now)
        _rebuild_reminders(connection, participant)
        save(connection, [held])
    return len(everybody)


def _participant(connection: Connection, studied: Studied, participant: str, facts: tuple[Fact, ...]) -> Participant:
    """The locked row, made again; inserted when it is gone."""
    stored = participants.lock(connection, participant)
    row = _from_facts(connection, studied, participant, facts)
    if stored is None:
        participants.add(connection, row)
        return row
    row = row._replace(change_no=max(row.change_no, stored.change_no), prompts_from=stored.prompts_from)
    participants.save(connection, [row])
    return row


def _from_facts(connection: Connection, studied: Studied, participant: str, facts: tuple[Fact, ...]) -> Participant:
    chain = staff_facts.of(connection, participant)
    added = next(fact for fact in facts if isinstance(fact.detail, ParticipantAdded))
    activated = [fact.at for fact in facts if isinstance(fact.detail, PhoneActivated)]
    return Participant(
        id=participant,
        site=added.detail.site,
        study=studied.study.id,
        change_no=max(
            chain[-1].revision,
            records.highest_change(connection, participant),
            quarantine.highest_change(connection, participant),
        ),
        fact_sequence=chain[-1].sequence,
        fact_hash=chain[-1].hash,
        added_at=added.at,
        activated_at=min(activated, default=None),
    )


def _rebuild_devices(held: Held, facts: tuple[Fact, ...]) -> None:
    connection = held.connection
    before = {row.device: row for row in devices.of(connection, [held.id])}
    activations = devices.activations(connection, held.id)
    begun = {fact.detail.device for fact in facts if isinstance(fact.detail, PhoneActivated)}
    devices.drop(connection, held.id)
    for activation in activations:
        device = _with_nonces(installations.blank(activation, nonce=""), before.get(activation.device))
        device = _lived_through(connection, device, facts)
        devices.add(connection, [device._replace(successor=_successor(activation, activations, begun))])


def _with_nonces(device: Device, before: Device | None) -> Device:
    if before is None:
        return device
    return device._replace(nonce=before.nonce, previous_nonce=before.previous_nonce, app_version=before.app_version)


def _lived_through(connection: Connection, device: Device, facts: tuple[Fact, ...]) -> Device:
    """Every state fact and contact in the order in which they took effect; doubt just before its contact."""
    told = [fact for fact in facts if isinstance(fact.detail, DeviceStateSet) and fact.detail.device == device.device]
    happened: list[tuple[datetime, int, Fact | Contact]] = [(fact.at, 1, fact) for fact in told]
    met = contacts.of(connection, device.device)
    happened += [(one.received_at, 2 if DOUBTS & set(one.flags.split(",")) else 0, one) for one in met]
    for _, _, event in sorted(happened, key=lambda one: one[:2]):
        match event:
            case Fact():
                device = installations.under(device, event.detail, event.at)
            case Contact():
                device = under_contact(device, event)
    end = records.chain_end(connection, device.device)
    return device._replace(have_sequence=end.sequence, have_hash=end.hash) if end else device


def _successor(activation: Activation, activations: list[Activation], begun: Collection[str]) -> str | None:
    """The one that took its place: `begun` as the active installation, not in doubt beside another."""
    following = (one.device for one in activations if one.predecessor == activation.device)
    return next((device for device in following if device in begun), None)


def _rebuild_reminders(connection: Connection, participant: str) -> None:
    reminders.drop(connection, participant)
    told = reminders.events(connection, participant=participant, first=None, last=None)
    reminders.restore(connection, rebuilt(told))


def _rebuild_days(held: Held, studied: Studied, facts: tuple[Fact, ...], now: datetime) -> None:
    days.drop(held.connection, held.id)
    scheduled = reschedule(held, studied.versions, facts, now)
    stored = records.every_entry(held.connection, held.id)
    chained = [version_of(row) for row in stored if not row.code]
    made = chained + [one.version for one in every_accepted(held.connection, held.id)]
    made += [one.version for one in counting_sheets(transcribed(held.connection, [held.id]))]
    bodies = [version.body for version in (*made, *overlay_of(facts).over(made))]
    extra = extra_days(held.id, bodies, [change.wanted for change in scheduled])
    settle([held], [*scheduled, *extra], now, {one.id: one.body for one in chained}, stored)
