"""Faults that diaries of this kind have had, planted one at a time into the real programs, for the storm to find."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, text

from diary_app.core import gate, grading, placing, windows
from diary_app.core.corrections import NO_OVERLAY
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import DeviceState
from diary_app.core.wire import OLDEST, SyncAnswer, SyncRequest
from diary_app.storage import contact, conversation, ladder, meta
from diary_app.storage.meta import Name
from diary_app.storage.vault import Vault
from diary_app.sync.dialogue import Dialogue
from server.api import sync as api
from server.db import days
from server.db import engine as engines
from server.export import reading
from server.intake import push, rescue, sweep, sync
from server.intake.judging import Judge
from server.simulate.storm import exporting, fuses
from server.simulate.storm.power import Dying, MortalWriter

_FAR_AHEAD = 4_000_000_000_000

Planted = Callable[[], AbstractContextManager[Any]]


def mark_all_sent() -> AbstractContextManager[Any]:
    """What is on its way counts as confirmed."""
    posted = Dialogue._post  # noqa: SLF001

    async def post(self: Dialogue, request: SyncRequest, chain: Any) -> Any:
        database = self._diary._database  # noqa: SLF001
        with database.writing() as connection:
            meta.put(connection, Name.HAVE_OF, f"{request.epoch} {request.head.sequence}", request.device)
        return await posted(self, request, chain)

    return patch.object(Dialogue, "_post", post)


def global_cursor() -> AbstractContextManager[Any]:
    """One count of changes for everybody, as if it were each phone's own."""
    pulled = sync.pull

    def pull(connection: Connection, *args: Any, **named: Any) -> Any:
        highest = connection.execute(text("SELECT max(change_no) FROM participant")).scalar_one()
        return replace(pulled(connection, *args, **named), cursor=highest)

    return patch.object(sync, "pull", pull)


def timestamp_cursor() -> AbstractContextManager[Any]:
    """A phone hears what is dated after its last contact, and not what was written down after it."""
    whole = sync._pull  # noqa: SLF001

    def since_last_contact(turn: Any, state: Any) -> Any:
        pulled, held, heard = whole(turn, state), turn.visit.held, turn.device.last_seen_at
        if heard is None or turn.visit.request.cursor == 0:
            return pulled
        over = {row.diary_day: row.late_until for row in days.of(held.connection, held.id)}
        return replace(
            pulled,
            facts=tuple(one for one in pulled.facts if one.at > heard),
            days=tuple(one for one in pulled.days if (one.received_at or over[one.diary_day]) > heard),
        )

    return patch.object(sync, "_pull", since_last_contact)


def anchor_takes_days_back() -> AbstractContextManager[Any]:
    """The diary's end as it is known now decides about every evening, also about those that had begun before."""
    return patch.object(windows._Ends, "known_before", lambda self, _opens: self.last_days[-1])  # noqa: SLF001


def no_idempotency() -> AbstractContextManager[Any]:
    """A record that comes again is taken for another one."""
    classify = push.Push._classify  # noqa: SLF001

    def forgetful(self: push.Push, arrival: Any) -> Any:
        fate, code = classify(self, arrival)
        return (push.Fate.ASIDE, Code.CHAIN_FORK) if fate is push.Fate.KNOWN else (fate, code)

    return patch.object(push.Push, "_classify", forgetful)


def missed_is_not_received() -> AbstractContextManager[Any]:
    """A closed evening without an entry is missed, whoever was heard of."""
    return patch.object(grading, "_doubt", lambda _facts, _day: None)


def replacement_proves_silence() -> AbstractContextManager[Any]:
    """Only the phone in use is asked, as if it had been in use all the time."""
    doubt = grading._doubt  # noqa: SLF001

    def of_the_last(facts: grading.DayFacts, day: Any) -> Any:
        since = min((one.active_from for one in facts.installations), default=None)
        used = [one for one in facts.installations if one.state is DeviceState.ACTIVE and since is not None]
        return doubt(replace(facts, installations=tuple(replace(one, active_from=since) for one in used)), day)

    return patch.object(grading, "_doubt", of_the_last)


@contextmanager
def windows_in_utc() -> Iterator[None]:
    """Evenings are laid out by the server's own clock."""
    exact = placing.wall_to_utc

    def in_utc(day: Any, minutes: int, _zone: str, *, last: bool) -> datetime:
        return exact(day, minutes, "UTC", last=last)

    placing._walls.cache_clear()  # noqa: SLF001
    with patch.object(placing, "wall_to_utc", in_utc):
        yield
    placing._walls.cache_clear()  # noqa: SLF001


def receipt_before_commit() -> AbstractContextManager[Any]:
    """The answer leaves although the power goes before the commit."""

    def last(self: MortalWriter, participant: str, work: Any, fuse: Any) -> Any:
        self.fuse = None
        if fuse.when is not Dying.BEFORE_COMMIT:
            return self.submit(participant, work)
        future: Future[Any] = Future()
        with self._engine.connect() as connection, connection.begin() as uncommitted:
            try:
                future.set_result(work(connection))
            except Exception as error:  # noqa: BLE001 - as the real writer does
                future.set_exception(error)
            uncommitted.rollback()
        return future

    return patch.object(MortalWriter, "_last", last)


def receipts_outlive_a_restore() -> AbstractContextManager[Any]:
    """What was confirmed once counts as confirmed by the restored server."""

    def read_contact(request: SyncRequest, answer: SyncAnswer, sent: Sequence[Any], base: int, *known: Any) -> Any:
        told = contact.read_contact(request, answer, sent, base, *known)
        if answer.epoch == request.epoch:
            return told
        return replace(told, position=base + len(sent), from_zero=False, rewound=False)

    return patch.object(conversation, "read_contact", read_contact)


def lost_at_the_deadline() -> AbstractContextManager[Any]:
    """The last minute ends a millisecond early on the server."""
    untimely = gate._untimely  # noqa: SLF001

    def strict(body: Any, window: Any) -> Code | None:
        return Code.TOO_LATE if body.captured_at == window.late_until else untimely(body, window)

    return patch.object(gate, "_untimely", strict)


@contextmanager
def sweep_overwrites() -> Iterator[None]:
    """The sweep writes down what it knew of an evening before its entry came."""
    swept = sweep.sweep

    def stale(connection: Connection, now: datetime, limit: int = sweep.DUE_AT_ONCE) -> int:
        done = swept(connection, now, limit)
        connection.execute(
            text(
                "UPDATE expected_day SET state = 'unknown', reason = 'silent', entry = NULL "
                "WHERE state = 'done' AND late_until <= :now AND late_until > :before"
            ),
            {"now": now.timestamp() * 1000, "before": (now.timestamp() - 86_400) * 1000},
        )
        return done

    with patch("server.jobs.sweep", stale):
        yield


def doubt_for_every_repeat() -> AbstractContextManager[Any]:
    """A message that arrives twice looks like a second phone."""
    return patch("server.intake.contact.is_overtaken", lambda _request, _device: False)


def killed_phone_forgets() -> AbstractContextManager[Any]:
    """The phone says that it is saved before it is."""
    copied = fuses.copy_images

    def without_log(source: Any, target: Any) -> None:
        copied(source, target)
        target.with_name(target.name + "-wal").unlink(missing_ok=True)

    return patch.object(fuses, "copy_images", without_log)


def forgotten_pin_forgets_entries() -> AbstractContextManager[Any]:
    """A phone whose PIN was forgotten sends only what it can read."""
    return patch.object(Vault, "sendable", lambda self, content, _envelope: self.known(content))


def export_knows_no_corrections() -> AbstractContextManager[Any]:
    """A bundle has entries as they were saved, whatever was approved since."""
    return patch("server.export.reading.overlay_of", lambda _facts: NO_OVERLAY)


def export_leaves_out_empty_days() -> AbstractContextManager[Any]:
    """A bundle has the evenings that somebody filled in."""
    every = reading.days_of

    def filled_in(connection: Connection, participant: str) -> Any:
        return [day for day in every(connection, participant) if day.state not in {"missed", "unknown"}]

    return patch.object(reading, "days_of", filled_in)


def export_leaves_out_answers() -> AbstractContextManager[Any]:
    """The table of answers has none."""
    make = exporting.make_bundle

    def bundle(*given: Any, **named: Any) -> Any:
        made = make(*given, **named)
        file = made.folder / "csv" / "long.csv"
        file.write_bytes(file.read_bytes().splitlines(keepends=True)[0])
        return made

    return patch.object(exporting, "make_bundle", bundle)


def approved_correction_grades_nothing() -> AbstractContextManager[Any]:
    """The evenings of a moved or voided entry stay as they were graded."""
    return patch("server.intake.corrections.regrade", lambda *_: None)


def reopened_for_nothing() -> AbstractContextManager[Any]:
    """What was accepted goes on counting after somebody took that back."""
    return patch("server.intake.settling.settlements.drop", lambda *_: None)


def evenings_stay_over() -> AbstractContextManager[Any]:
    """What a clock that was ahead has ended stays as it was graded then."""
    return patch("server.jobs.put_right", lambda _connection, _now: 0)


def rescue_taken_for_a_contact() -> AbstractContextManager[Any]:
    """A rescue file is believed to say that its phone holds nothing more, then and ever after."""
    take = rescue._take  # noqa: SLF001

    def and_heard(connection: Connection, **named: Any) -> Any:
        found = take(connection, **named)
        connection.execute(text("UPDATE device SET complete_until = :until"), {"until": _FAR_AHEAD})
        return found

    return patch.object(rescue, "_take", and_heard)


def rescue_of_the_newest_chain() -> AbstractContextManager[Any]:
    """Of a file only the last chain is taken in, and the others are said to be."""
    taken_in = rescue._taken_in  # noqa: SLF001

    def last(services: Any, found: Any, known: Any, now: Any, author: Any) -> Any:
        return taken_in(services, found.model_copy(update={"chains": found.chains[-1:]}), known[-1:], now, author)

    return patch.object(rescue, "_taken_in", last)


def visits_by_the_dates_of_now() -> AbstractContextManager[Any]:
    """A visit's questionnaire is judged by where the treatment was moved to, whatever its phone had shown."""
    by = Judge._window_by  # noqa: SLF001

    def of_the_diary(self: Judge, study: Any, known: Any, body: Any) -> Any:
        return None if body.visit else by(self, study, known, body)

    return patch.object(Judge, "_window_by", of_the_diary)


def visits_are_forgotten() -> AbstractContextManager[Any]:
    """What arrived for a visit counts for none."""
    return patch("server.intake.visits._Fitting.names", lambda _self, _version: False)


def update_loses_the_last_entry() -> AbstractContextManager[Any]:
    """A new release lays the diary out anew, and leaves something behind."""
    whole = ladder.climb

    def careless(connection: Connection, steps: Sequence[str] = ladder.STEPS) -> None:
        if ladder.step_of(connection, steps):
            connection.exec_driver_sql("DELETE FROM record WHERE rowid = (SELECT max(rowid) FROM record)")
        whole(connection, steps)

    return patch.object(ladder, "climb", careless)


def refusing(is_refused: Callable[[Any, SyncRequest], bool], code: Code) -> AbstractContextManager[Any]:
    """A server that refuses requests of some kind, for good. `is_refused`: by the services and the request."""
    asked = api._asked  # noqa: SLF001

    def of_others(services: Any, activation: Any, message: SyncRequest, *more: Any) -> Any:
        if is_refused(services, message):
            raise RequestRefused(code, "This is not taken.", "Ring the site.")
        return asked(services, activation, message, *more)

    return patch.object(api, "_asked", of_others)


def older_apps_are_turned_away() -> AbstractContextManager[Any]:
    """A server that was updated takes nothing from an app that was not."""
    return refusing(lambda _, message: message.protocol < OLDEST.number, Code.PROTOCOL_TOO_OLD)


def replaced_phones_are_unknown(code: Code = Code.DEVICE_UNKNOWN) -> AbstractContextManager[Any]:
    """Nobody knows the phones that were in use before."""
    state = text("SELECT state FROM device WHERE device = :device")

    def is_replaced(services: Any, message: SyncRequest) -> bool:
        with engines.reading(services.engine) as connection:
            return connection.execute(state, {"device": message.device}).scalar_one_or_none() == "replaced"

    return refusing(is_replaced, code)
