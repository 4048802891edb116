"""A participant's phones: states, last contact, clock, what they hold, gaps in their chains; and the zones."""

from dataclasses import dataclass
from datetime import timedelta

from diary_app.core.catalogue import message
from diary_app.core.facts import DeviceState, ParticipantAdded, WindowChosen, ZoneConfirmed
from diary_app.core.history import in_order
from diary_app.core.lending import is_lent
from server.console.enrol.typed import evenings
from server.console.person.clock import lasted
from server.console.person.coded import capital, coded
from server.console.person.person import Person
from server.db import contacts, quarantine
from server.db.devices import Device

_CLOCK_IS_RIGHT = timedelta(minutes=1)
NO_CODE = message("No phone has been activated yet.")
LENT, OWN = message("the site's own, lent out"), message("the participant's own, as far as is known")


@dataclass(frozen=True)
class PhoneLine:
    """One installation of the app. `number`: 1 is the participant's first. `details`: for looking into a fault."""

    number: int
    state: str
    facts: tuple[tuple[str, str], ...]
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Phone:
    """Everything on the page; `zones`: since when the diary follows which zone, the latest first."""

    phones: tuple[PhoneLine, ...]
    zones: tuple[tuple[str, str], ...]
    windows: tuple[tuple[str, str], ...]


def phone(person: Person) -> Phone:
    """The phone in use first, then the newest; one that a restored server had forgotten came back after it."""
    history = list(in_order(person.facts))
    zones = [
        (person.calendar.moment(fact.at), fact.detail.zone)
        for fact in history
        if isinstance(fact.detail, ParticipantAdded | ZoneConfirmed)
    ]
    windows = [
        (person.calendar.moment(fact.at), _evening(person, fact.detail.choice))
        for fact in history
        if isinstance(fact.detail, WindowChosen)
    ]
    in_use = active(person)
    lines = sorted(enumerate(person.devices, start=1), key=lambda one: (one[1] is not in_use, -one[0]))
    phones = tuple(_line(person, one, number) for number, one in lines)
    return Phone(phones, tuple(reversed(zones)), tuple(reversed(windows)))


def _evening(person: Person, choice: str) -> str:
    """Its times; a choice that the study no longer has is named as it was."""
    known = {one.id: one for one in evenings(person.desk.services.study, person.calendar.separator)}
    if choice not in known:
        return choice
    one = known[choice]
    return person.desk.say(
        "{opens} to {closes}; can be filled in until {late}", opens=one.opens, closes=one.closes, late=one.late_until
    )


def _line(person: Person, device: Device, number: int) -> PhoneLine:
    say, texts, moment = person.desk.say, person.desk.texts, person.calendar.moment
    state = capital(coded(texts, device.state))
    if device.doubtful:
        state = f"{state} · {say('in doubt: it may be a copy, or was set back')}"
    gaps = quarantine.count_unresolved(person.connection, device.device)
    complete = device.complete_until
    facts = (
        (say("Whose it is"), say(LENT) if is_lent(person.facts, [device.device]) else say(OWN)),
        (say("Activated"), moment(device.active_from)),
        (say("Until"), moment(device.active_until) if device.active_until else "–"),
        (say("Last contact"), person.words.last_contact_in_full(device.last_seen_at)),
        (say("Has sent everything up to"), moment(complete) if complete else say("not known yet")),
        (say("Entries that it said it still held"), str(device.pending)),
        (say("Clock"), _clock(person, device)),
    )
    details = (
        (say("Received without a gap"), texts.count("{number} record", "{number} records", device.have_sequence)),
        (say("Set aside for a gap or another fault, not settled yet"), str(gaps)),
        (say("Contacts"), _contacts(person, device)),
        (say("App version"), device.app_version or "–"),
        (say("Name of this phone in exports"), device.device),
    )
    return PhoneLine(number, state, facts, details)


def _clock(person: Person, device: Device) -> str:
    """How far off it was at the last contact; the participant was told, and nothing was corrected."""
    if device.clock_offset_ms is None:
        return "–"
    off = timedelta(milliseconds=device.clock_offset_ms)
    if abs(off) < _CLOCK_IS_RIGHT:
        return person.desk.say("right to the minute")
    by = lasted(person.desk.texts, abs(off))
    return person.desk.say("{time} behind", time=by) if off > timedelta() else person.desk.say("{time} ahead", time=by)


def _contacts(person: Person, device: Device) -> str:
    found = contacts.of(person.connection, device.device)
    flags = dict.fromkeys(flag for one in found for flag in one.flags.split(",") if flag and flag != "by_reminder")
    said = person.desk.texts.count("{number} contact", "{number} contacts", len(found))
    return "; ".join([said, *(coded(person.desk.texts, flag) for flag in flags)])


def active(person: Person) -> Device | None:
    """The phone that the diary is on."""
    return next((one for one in reversed(person.devices) if one.state == DeviceState.ACTIVE), None)
