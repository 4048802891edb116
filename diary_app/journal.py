"""What a participant does with the diary: look at today, fill in, change, practise. No screens, no network.

Reads and writes through the one door; the windows it shows are those the server enforces, from the same function.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from diary_app import resources
from diary_app.absence import Absence, absence_before
from diary_app.core.entries import EntryVersion, Mode
from diary_app.core.environment import Environment
from diary_app.core.errors import DiaryUnavailable
from diary_app.core.facts import Fact, PhoneActivated, Trained
from diary_app.core.grading import State
from diary_app.core.history import zone_at
from diary_app.core.instruments import Instrument
from diary_app.core.missed_reason import MissedReason
from diary_app.core.records import RecordKind
from diary_app.core.status import DisplayStatus, display_status
from diary_app.core.study import Site, Study
from diary_app.core.times import local_date
from diary_app.core.windows import HORIZON_DAYS, DiaryDay, expand, window_of
from diary_app.core.wording import wording_sha256
from diary_app.correcting import Correcting
from diary_app.day_states import Known, ServerDay, current_entry, moved_here
from diary_app.locking import Keyring
from diary_app.looking_back import Past, Trend, trends
from diary_app.own_data import OwnEntries
from diary_app.questionnaire import Filling
from diary_app.report import Device
from diary_app.saving import Saved, saved_since, says_the_same, timeliness
from diary_app.sending import Sending
from diary_app.storage.entry_form import NewEntry
from diary_app.today import WEEK, Today, look_at
from diary_app.visiting import DueQuestionnaire, DueVisit, Visiting, entry_day, visit_of

if TYPE_CHECKING:
    from diary_app.storage.diary import Diary
    from diary_app.storage.installations import Installation

_LANGUAGE = "language"


class Preference(StrEnum):
    """What is remembered on this phone besides the records."""

    PIN_FORGOTTEN = "pin_forgotten"
    REMINDERS_ASKED = "reminders_asked"
    TEXT_SIZE = "text_size"
    BRIGHTNESS = "brightness"
    CONTRAST = "contrast"
    MISSED_ASKED = "missed_asked"
    ZONE_KEPT = "zone_kept"


@dataclass(frozen=True)
class Belonging:
    """Whose diary this is, and under which study: that of now, or the last one that an app too old for it can read."""

    installation: Installation
    study: Study
    is_app_too_old: bool = False

    @property
    def site(self) -> Site:
        """The department to call."""
        return self.study.site(self.installation.site)

    @property
    def phone(self) -> str:
        """Its number, on one line."""
        return self.site.contact.phone.replace(" ", "\u00a0")


class Journal:
    """The diary of one participant on this device."""

    def __init__(self, diary: Diary, environment: Environment, mode: Mode, keyring: Keyring | None = None) -> None:
        self._diary = diary
        self._environment = environment
        self._mode = mode
        self._visiting = Visiting(diary, environment)
        self.correcting = Correcting(diary)
        self.keyring: Keyring = keyring or diary.keyring

    def belonging(self) -> Belonging | None:
        """None before enrolment."""
        installation, diary = self._diary.installation(), self._diary
        return Belonging(installation, diary.study(), not diary.is_study_understood()) if installation else None

    def look_through(self, *, at_once: bool = False) -> None:
        """See `Diary.look_through`."""
        self._diary.look_through(at_once=at_once)

    def is_trained(self) -> bool:
        """The practice entry is done."""
        return any(isinstance(fact.detail, Trained) for fact in self._diary.facts())

    def language(self) -> str | None:
        """What the participant chose, else what the site set, of those that the app speaks; None for none of them."""
        belonging = self.belonging()
        wanted = (self._diary.setting(_LANGUAGE), belonging.installation.language if belonging else None)
        return next((one for one in wanted if one in resources.LANGUAGES), None)

    def remember_language(self, language: str) -> None:
        """The participant's choice, kept on this phone."""
        self._diary.set_setting(_LANGUAGE, language)

    def preference(self, name: Preference) -> str:
        """What this phone was told to remember; empty when nothing."""
        return self._diary.setting(name) or ""

    def remember(self, name: Preference, value: str) -> None:
        """Kept on this phone only. Raises `DiaryUnavailable`."""
        self._diary.set_setting(name, value)

    async def pause_reminders(self, days: int) -> None:
        """No reminders up to and including the last of so many days from today; 0 ends a pause.

        The days stay expected. Raises `DiaryUnavailable`.
        """
        until = (self._local_today() + timedelta(days=days - 1)).isoformat() if days else ""
        await self._diary.write(RecordKind.PAUSE, {"until": until})

    def paused_until(self) -> date | None:
        """The last day without reminders; None when they come."""
        pauses = self._diary.records(RecordKind.PAUSE)
        until = str(pauses[-1].body.get("until", "")) if pauses else ""
        return date.fromisoformat(until) if until >= self._local_today().isoformat() else None

    def messages_stopped_at(self) -> str:
        """See `Diary.messages_stopped_at`."""
        return self._diary.messages_stopped_at()

    async def follow_zone(self, zone: str) -> None:
        """The diary's evenings by that zone's clock, from the first that has not opened. Raises `DiaryUnavailable`."""
        await self._diary.write(RecordKind.ZONE, {"zone": zone})

    def has_completed(self) -> bool:
        """The participant has come to the planned end of the study."""
        return display_status(self._diary.facts(), self._environment.now()) is DisplayStatus.COMPLETED

    def device(self) -> Device | None:
        """How this phone stands; None before enrolment."""
        belonging = self.belonging()
        if belonging is None:
            return None
        return Device(
            self._environment.now(), belonging.installation, self._diary.holdings(), self.sending(),
            belonging.study.version, self.keyring.lock(),
        )  # fmt: skip

    def sending(self) -> Sending:
        """What the study has not received yet, and when it was last heard."""
        diary = self._diary
        return Sending(diary.waiting(), diary.days_waiting(), diary.needs_pin(), diary.holdings().last_contact)

    async def rescue(self) -> bytes:
        """What has not been sent, as a file that only the study can read. Raises `DiaryUnavailable`."""
        return await self._diary.rescue()

    def today(self) -> Today:
        """The first screen, now."""
        now, study, facts = self._environment.now(), self._diary.study(), self._diary.facts()
        zone = self._zone(facts, now)
        days = expand(study, facts, local_date(now, zone) + timedelta(days=HORIZON_DAYS))
        return look_at(self._known(study, days, local_date(now, zone)), now, zone)

    def past(self) -> Past:
        """Everything this phone knows about the diary's days, read once."""
        now, study, facts = self._environment.now(), self._diary.study(), self._diary.facts()
        zone = self._zone(facts, now)
        days = expand(study, facts, local_date(now, zone) + timedelta(days=HORIZON_DAYS))
        made = self._diary.entries_by_day(study.diary.instrument)
        entries = self.correcting.over(made, study.diary.instrument)
        closed = self._diary.days_waiting_closed(study.diary.instrument)
        corrected = self.correcting.days(study.diary.instrument)
        known = Known(days, entries, self._server_days(study), waiting_closed=closed, corrected=corrected)
        return Past(known, now, zone)

    def trends(self, past: Past, days: Sequence[date]) -> tuple[Trend, ...]:
        """The scores of these days; none where the study does not show them."""
        shown = self._diary.study().show_scores
        return trends(past, days, self._instrument(), resources.instrument) if shown else ()

    def own_entries(self) -> OwnEntries:
        """Every entry made on this phone, of every questionnaire, and what was corrected of them."""
        held = self._diary.legible(RecordKind.ENTRY)
        entries = tuple(EntryVersion.from_record(record) for record in held.records)
        return OwnEntries(entries, held.unreadable, self.correcting.approved())

    def may_have_own_data(self, past: Past) -> bool:
        """While the study allows it, and always after the diary's end (R40)."""
        return self._diary.study().own_data or past.is_over

    def absence(self) -> Absence | None:
        """Evenings in a row without an entry that the study asks about and has not asked about on this phone."""
        if not self._diary.study().ask_missed_reason:
            return None
        past, asked = self.past(), self.preference(Preference.MISSED_ASKED)
        activated = (fact.at for fact in self._diary.facts() if isinstance(fact.detail, PhoneActivated))
        found = absence_before(past.known, past.now, since=max(activated, default=past.now))
        return found if found and found.first.isoformat() > asked else None

    async def note_missed_reason(self, absence: Absence, reason: MissedReason) -> None:
        """What got in the way, as a record. Raises `DiaryUnavailable`."""
        body = {"first_day": absence.first.isoformat(), "last_day": absence.last.isoformat(), "reason": str(reason)}
        await self._diary.write(RecordKind.MISSED_REASON, body)
        self.have_asked(absence)

    def have_asked(self, absence: Absence) -> None:
        """Never again about these evenings. Raises `DiaryUnavailable`."""
        self.remember(Preference.MISSED_ASKED, absence.last.isoformat())

    def begin(self, day: DiaryDay) -> Filling:
        """Fill in a day, going on where a draft left off."""
        return self._resumed(self._asked(day))

    def amend(self, day: DiaryDay) -> Filling:
        """Change a day's answers; starts from the version that counts."""
        current = current_entry(self._diary.entries(day.instrument, day.day))
        if current is None:
            return self.begin(day)
        filling = replace(self._asked(day).begun_with(current.body.answers), replaces=current)
        return self._resumed(filling)

    def visits(self, language: str) -> tuple[DueVisit, ...]:
        """The visits whose questionnaires can be filled in or changed now."""
        return self._visiting.due(language)

    def begin_visit(self, due: DueQuestionnaire) -> Filling:
        """Fill in a visit questionnaire, going on where a draft left off."""
        return self._resumed(self._visiting.begin(due))

    def amend_visit(self, due: DueQuestionnaire) -> Filling:
        """Change a visit questionnaire that was saved on this phone."""
        return self._resumed(self._visiting.amend(due))

    def practise(self) -> Filling:
        """The same questions for today's date; the entry never counts."""
        now, rule = self._environment.now(), self._diary.study().diary
        zone = self._zone(self._diary.facts(), now)
        day = local_date(now, zone)
        window = rule.window(None)
        opens, closes, late_until = window_of(window, day, zone)
        shown = DiaryDay(rule.instrument, day, window.id, zone, opens, closes, late_until)
        return replace(self._asked(shown), practice=True)

    async def keep(self, filling: Filling) -> None:
        """Store what is answered so far; a practice is not kept. Raises `DiaryUnavailable`."""
        if not filling.practice:
            await self._diary.write_draft(filling.instrument.code, filling.day.day, filling.draft())

    async def drop_draft(self, filling: Filling) -> None:
        """Forget what was not saved. Raises `DiaryUnavailable`."""
        await self._diary.drop_draft(filling.instrument.code, filling.day.day)

    def is_late(self, filling: Filling) -> bool:
        """The time now is past the window of that day; a visit has no late."""
        counts = not filling.practice and not visit_of(filling)
        return counts and self._environment.now() > filling.day.closes

    async def save(self, filling: Filling, language: str) -> Saved:
        """Make the entry. What counts is this moment by the phone's stated clock. Raises `DiaryUnavailable`.

        A Save whose end nobody heard of, the storage failing once it was written, is not made a second time.
        """
        now = self._environment.now()
        if (earlier := saved_since(self._diary, filling)) is not None:
            if says_the_same(filling, earlier):
                await self.drop_draft(filling)
                return timeliness(filling, earlier.body.captured_at)
            filling = replace(filling, replaces=earlier)
        record = await self._diary.write_entry(self._entry(filling, language))
        if filling.practice:
            await self._diary.write(RecordKind.TRAINING, {"entry": record.id})
        if visit_of(filling):
            with suppress(DiaryUnavailable):  # the entry is made; of a draft beside it nothing is shown any more
                await self.drop_draft(filling)  # it was kept under another date than the entry's
        return timeliness(filling, now)

    def _instrument(self) -> Instrument:
        rule = self._diary.study().diary
        return resources.instrument(rule.instrument, rule.version)

    def _asked(self, day: DiaryDay) -> Filling:
        """Nothing filled in yet, of what the study asks now."""
        return Filling(self._instrument(), day, study_version=self._diary.study().version)

    def _resumed(self, filling: Filling) -> Filling:
        draft = self._diary.draft(filling.instrument.code, filling.day.day)
        parent = filling.replaces.id if filling.replaces else ""
        return filling.resumed(draft) if draft and draft.get("parent") == parent else filling

    def _local_today(self) -> date:
        now = self._environment.now()
        return local_date(now, self._zone(self._diary.facts(), now))

    def _zone(self, facts: tuple[Fact, ...], now: datetime) -> str:
        belonging = self.belonging()
        assert belonging is not None
        return zone_at(facts, now) or belonging.site.zone

    def _known(self, study: Study, days: tuple[DiaryDay, ...], today: date) -> Known:
        code = study.diary.instrument
        shown = [today - timedelta(days=back) for back in range(WEEK + 1)]
        return Known(
            days=days,
            entries=self.correcting.over({day: self._diary.entries(code, day) for day in shown}, code),
            server=self._server_days(study),
            drafts=frozenset(day for day in shown if self._diary.draft(code, day) is not None),
            waiting_closed=self._diary.days_waiting_closed(code),
            moved_here=moved_here(self._diary.facts(), self._diary.device_ids()),
        )

    def _server_days(self, study: Study) -> dict[date, ServerDay]:
        told = self._diary.day_states(study.diary.instrument)
        return {day: ServerDay(State(one.state), one.received_at, one.entry) for day, one in told.items()}

    def _entry(self, filling: Filling, language: str) -> NewEntry:
        day = filling.day
        return NewEntry(
            instrument=filling.instrument.code,
            instrument_version=filling.instrument.version,
            wording_sha256=wording_sha256(filling.instrument, resources.catalogue(language)),
            language=language,
            diary_day=entry_day(filling, self._environment.now()), visit=visit_of(filling),
            zone=day.zone, opens=day.opens, closes=day.closes, late_until=day.late_until,
            answers=filling.answers, mode=self._mode, filled_by=filling.filled_by, practice=filling.practice,
            late_reason=filling.late_reason, page_ms=filling.page_ms,
            parent=filling.replaces.id if filling.replaces else "", study_version=filling.study_version,
        )  # fmt: skip


def entry_code(version: EntryVersion) -> str:
    """What a participant can read out on the telephone to name an entry: eight characters of its id."""
    return version.id[:8].upper()
