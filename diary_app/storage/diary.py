"""The one door to what the phone keeps; durable when a method returns.

A record takes its place on the chain, is sealed, and is stored in one transaction: `await write(...)` and
`await write_entry(...)`, one at a time. `append`, `save_entry` and `save_draft` do the same without waiting, on a phone
that seals nothing. Reading is synchronous, from what the keyring has opened; texts under a data key that is gone are
passed over. Tokens, facts about the schedule and study files lie outside the sealing, so that a locked diary can still
be sent. Nothing here ever deletes a record.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any, Self

from diary_app.core.entries import EntryVersion
from diary_app.core.environment import Environment
from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.facts import Fact
from diary_app.core.records import Record, RecordKind
from diary_app.core.sealing import Cipher, without_waiting
from diary_app.core.study import Study
from diary_app.core.times import format_utc, parse_utc
from diary_app.core.wire import CorrectionTold, Receipt
from diary_app.storage import chain, corrections, data_keys, drafts, installations, meta, one_window, told, visits
from diary_app.storage.by_day import EntriesByDay
from diary_app.storage.conversation import Conversation
from diary_app.storage.database import Database, Flush, nothing_to_flush
from diary_app.storage.entry_form import NewEntry
from diary_app.storage.holdings import Holdings, holdings
from diary_app.storage.installations import Installation
from diary_app.storage.keyring import Keyring, OpenKeyring
from diary_app.storage.making import Making
from diary_app.storage.mending import mend
from diary_app.storage.meta import Name
from diary_app.storage.rescue import rescue_file
from diary_app.storage.study_known import StudyKnown, shows_everything
from diary_app.storage.told import DayState
from diary_app.storage.vault import Vault, about_draft
from diary_app.storage.visits import VisitsTold

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Legible:
    """Records in the order of making; `unreadable` counts those that could not be opened."""

    records: tuple[Record, ...]
    unreadable: int


class Diary:
    """One participant's diary on one phone; `conversation` is the sync engine's side of it, `keyring` the PIN's."""

    def __init__(
        self,
        database: Database,
        environment: Environment,
        cipher: Cipher | None = None,
        can_show: Callable[[Study], bool] = shows_everything,
    ) -> None:
        self._database = database
        self._environment = environment
        self._vault = Vault(environment, cipher)
        self._known = StudyKnown(self._vault, can_show)
        self._one_at_a_time = asyncio.Lock()
        self.keyring: Keyring | OpenKeyring = (
            Keyring(database, environment, self._vault, cipher) if cipher else OpenKeyring()
        )
        self.conversation = Conversation(database, environment, self._vault)
        self.making = Making(
            database, environment, self._vault, self._known, self.conversation.sealing_key, self._one_at_a_time
        )

    @classmethod
    def open(
        cls,
        path: str,
        environment: Environment,
        flush: Flush = nothing_to_flush,
        *,
        copy_to: str | None = None,
        cipher: Cipher | None = None,
        can_show: Callable[[Study], bool] = shows_everything,
    ) -> Self:
        """Open or create the file, bring it up to date, and prove that what is written can be read again.

        `copy_to`: where the file is copied before its schema changes. Without a `cipher` nothing is sealed and there is
        no PIN. `can_show`: whether this version of the app has what a study asks. Raises `DiaryUnavailable`.
        """
        database = Database(path, flush=flush)
        try:
            database.prepare(copy_to)
            mend(database)
            diary = cls(database, environment, cipher, can_show)
            diary.self_test()
        except BaseException:
            database.close()  # so that what is left of the file can be read
            raise
        return diary

    @classmethod
    async def salvage(cls, path: str, environment: Environment, cipher: Cipher | None = None) -> bytes:
        """As `rescue`, from a file that is too damaged to be opened; nothing is written to it.

        Raises `DiaryUnavailable`.
        """
        diary = cls(Database(path), environment, cipher)
        try:
            return await diary.rescue()
        finally:
            diary.close()

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def self_test(self) -> None:
        """Write, reopen, read. Raises `DiaryUnavailable`."""
        mark = self._environment.random_bytes(8).hex()
        with self._database.writing() as connection:
            meta.put(connection, Name.SELF_TEST, mark)
        self._database.reopen()
        with self._database.reading() as connection:
            kept = meta.get(connection, Name.SELF_TEST)
        if kept != mark:
            raise _does_not_keep()

    def look_through(self, *, at_once: bool = False) -> None:
        """Prove once a day that the whole file can be read; what is damaged would else be met when it is needed.

        Phones end an app without a word, so every start is one after an unclean end: the day counts, not the end.
        `at_once`: also where that was today, as damage was met since. Raises `DiaryUnavailable` (storage_damaged),
        again and again.
        """
        now = self._environment.now()
        with self._database.reading() as connection:
            last = meta.get(connection, Name.LOOKED_THROUGH)
        # Not "less than a day later": a clock that was set back would put the next look off.
        was_today = last is not None and abs(now - parse_utc(last)) < A_DAY
        if was_today and not at_once:
            return
        self._database.check()
        with self._database.writing() as connection:
            meta.put(connection, Name.LOOKED_THROUGH, format_utc(now))

    # ---- what is known ---------------------------------------------------------------------------------

    def installation(self) -> Installation | None:
        """The installation in use; None before enrolment."""
        with self._database.reading() as connection:
            return installations.current(connection)

    def device_ids(self) -> frozenset[str]:
        """Every id under which this phone was ever enrolled or went on."""
        with self._database.reading() as connection:
            return frozenset(one.device for one in installations.chains(connection))

    def study(self) -> Study:
        """The study as last received. Raises `DiaryUnavailable` (not_enrolled)."""
        with self._database.reading() as connection:
            return self._known.study(connection)

    def is_study_understood(self) -> bool:
        """Whether that is the study as it is now, and not the last one that this version of the app can read."""
        with self._database.reading() as connection:
            return self._known.is_understood(connection)

    def facts(self) -> tuple[Fact, ...]:
        """The server's facts, then this phone's own schedule records that the server has not told back."""
        with self._database.reading() as connection:
            return self._known.facts(connection)

    def corrections_told(self) -> tuple[CorrectionTold, ...]:
        """What the server said of corrections when the diary was open last; nothing under a data key that is gone."""
        with self._database.reading() as connection:
            content = corrections.content_of(connection)
        text = None if content is None else self._vault.text(content)
        return () if text is None else tuple(corrections.read(text))

    def day_states(self, instrument: str | None = None) -> dict[date, DayState]:
        """Diary day -> the server's grade; of the study's daily diary unless another instrument is named."""
        with self._database.reading() as connection:
            return told.day_states(connection, instrument or self._known.study(connection).diary.instrument)

    def visits_told(self) -> VisitsTold:
        """What the server said about visit questionnaires: the words that may be shown, what was answered already."""
        with self._database.reading() as connection:
            return visits.told(connection, self._environment.now().date())

    def entries_of(self, instrument: str) -> tuple[EntryVersion, ...]:
        """Every version of that questionnaire made on this phone, in the order of making; practice included."""
        with self._database.reading() as connection:
            contents = chain.contents_of_instrument(connection, RecordKind.ENTRY, instrument)
        return tuple(EntryVersion.from_record(record) for record in self._vault.records(contents))

    def days_waiting_closed(self, instrument: str) -> frozenset[date]:
        """Days whose entry cannot be opened any more, being under a PIN that was forgotten, and is not known of yet.

        It is still to be sent, or it was received and no grade has come since: nothing else says that it was made.
        """
        with self._database.reading() as connection:
            epoch = meta.get(connection, Name.EPOCH) or ""
            waiting = [*chain.waiting_by_day(connection, RecordKind.ENTRY, instrument, epoch)]
            if meta.get(connection, Name.GRADES_AWAITED) != "":  # also where an earlier app never said
                waiting += chain.taken_in_by_day(connection, RecordKind.ENTRY, instrument, epoch)
        return frozenset(date.fromisoformat(day) for day, content in waiting if self._vault.text(content) is None)

    def entries_by_day(self, instrument: str) -> EntriesByDay:
        """Every version made here that can be opened, practice included; each day is read when it is looked at."""
        with self._database.reading() as connection:
            contents = chain.contents_by_day(connection, RecordKind.ENTRY, instrument)
        return EntriesByDay(contents, self._vault.record)

    def entries(self, instrument: str, day: date) -> tuple[EntryVersion, ...]:
        """Every version made on this phone for that day, practice included."""
        with self._database.reading() as connection:
            contents = chain.contents_of_day(connection, RecordKind.ENTRY, instrument, day)
        return tuple(EntryVersion.from_record(record) for record in self._vault.records(contents))

    def records(self, *kinds: RecordKind) -> tuple[Record, ...]:
        """Every record of these kinds made on this phone, in the order of making."""
        with self._database.reading() as connection:
            contents = chain.contents_of_kinds(connection, kinds)
        return tuple(self._vault.records(contents))

    def legible(self, kind: RecordKind) -> Legible:
        """Every record of that kind that can be opened, and how many cannot."""
        with self._database.reading() as connection:
            contents = chain.contents_of_kinds(connection, (kind,))
        opened = self._vault.records(contents)
        return Legible(tuple(opened), len(contents) - len(opened))

    def messages_stopped_at(self) -> str:
        """The page at which the participant stopped all messages, as the server last said; empty while they come."""
        with self._database.reading() as connection:
            return meta.get(connection, Name.STOPPED_AT) or ""

    def alone(self) -> AbstractContextManager[None]:
        """While this window talks with the server and no other one does. See `one_window.alone`."""
        return one_window.alone(self._database.path)

    def waiting(self) -> int:
        """Records that the server has not confirmed in the current epoch."""
        return self.conversation.waiting()

    def days_waiting(self) -> int:
        """Days whose answers are among those, however often each was corrected."""
        return self.conversation.days_waiting()

    def needs_pin(self) -> bool:
        """Something waits that cannot be sent before the diary is opened."""
        return self.conversation.needs_pin()

    def holdings(self) -> Holdings:
        """What is on this phone, as numbers."""
        with self._database.reading() as connection:
            return holdings(connection)

    def receipts(self) -> dict[str, Receipt]:
        """Record id -> receipt in the current epoch."""
        return self.conversation.receipts()

    async def rescue(self) -> bytes:
        """What has not been sent, as a file that only the study can read; the diary may be locked."""
        return await rescue_file(self.conversation, self._vault)

    # ---- making records --------------------------------------------------------------------------------

    async def write(self, kind: RecordKind, body: Mapping[str, Any]) -> Record:
        """Make and store a record; participant, capture time and app version are added where the body has none.

        Raises `DiaryUnavailable` (also diary_locked) with nothing changed, `RecordRefused`.
        """
        stamps = {"captured_at": format_utc(self._environment.now())}
        return await self.making.written(partial(self.making.next_record, kind, {**stamps, **body}))

    async def write_entry(self, new: NewEntry) -> Record:
        """Make and store an entry, or the next version of the one it names as parent; its draft is gone with it.

        It is captured now, however long sealing takes. Raises as `write` does.
        """
        return await self.making.written(partial(self.making.next_entry, new, self._environment.now()))

    def append(self, kind: RecordKind, body: Mapping[str, Any]) -> Record:
        """As `write`, on a phone that seals nothing."""
        return without_waiting(self.write(kind, body))

    def save_entry(self, new: NewEntry) -> Record:
        """As `write_entry`, on a phone that seals nothing."""
        return without_waiting(self.write_entry(new))

    # ---- drafts and settings ---------------------------------------------------------------------------

    def draft(self, instrument: str, day: date) -> dict[str, Any] | None:
        """What was filled in so far; None when nothing was."""
        with self._database.reading() as connection:
            content = drafts.content_of(connection, instrument, day.isoformat())
        text = None if content is None else self._vault.text(content)
        value: dict[str, Any] | None = None if text is None else json.loads(text)
        return value

    async def write_draft(self, instrument: str, day: date, value: Mapping[str, Any]) -> None:
        """Keep what is filled in so far; survives a kill. Raises `DiaryUnavailable`."""
        async with self._one_at_a_time:
            text = json.dumps(value, sort_keys=True)
            content = await self._vault.seal(text, about_draft(instrument, day.isoformat()))
            with self._database.writing() as connection:
                data_keys.require_in_use(connection, self._vault, content)
                drafts.put(connection, instrument, day.isoformat(), format_utc(self._environment.now()), content)

    def save_draft(self, instrument: str, day: date, value: Mapping[str, Any]) -> None:
        """As `write_draft`, on a phone that seals nothing."""
        without_waiting(self.write_draft(instrument, day, value))

    async def drop_draft(self, instrument: str, day: date) -> None:
        """The participant started over. Raises `DiaryUnavailable`."""
        async with self._one_at_a_time:
            with self._database.writing() as connection:
                drafts.drop(connection, instrument, day.isoformat())

    def setting(self, name: str) -> str | None:
        """A preference of this phone."""
        with self._database.reading() as connection:
            return meta.get(connection, Name.SETTING, name)

    def set_setting(self, name: str, value: str) -> None:
        """Keep a preference of this phone."""
        with self._database.writing() as connection:
            meta.put(connection, Name.SETTING, value, name)


def _does_not_keep() -> DiaryUnavailable:
    return DiaryUnavailable(
        Code.STORAGE_UNAVAILABLE,
        "What the diary wrote could not be read again.",
        "Do not fill in the diary on this phone; contact the study team.",
    )
