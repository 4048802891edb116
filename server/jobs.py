"""The clockwork of `serve`: APScheduler says when, the jobs are plain functions that take the services and the time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Connection

from diary_app.core.times import format_utc, local_date, parse_utc
from diary_app.resources import instruments
from server.alerts import account_mail, mailing, refusals, unsent
from server.at_rest import set_apart_after
from server.backup import farthest, nightly
from server.clocks import CLOCKS_DIFFER, is_ahead
from server.console.calls.finding import call_list
from server.console.snapshots import snapshot
from server.db import attempts, contacts, looks, staff_facts, state
from server.db.engine import reading
from server.db.writer import LAST
from server.export import running
from server.intake.anchoring import anchor_chains
from server.intake.sweep import DUE_AT_ONCE, extend, is_right, put_right, sweep
from server.logs import logger
from server.reminders.reminding import remind
from server.services import Services

_log = logger()
SWEEP_SECONDS = 30
BACKUP_MINUTES = 10
REMIND_SECONDS = 30
TELL_SECONDS = 30
WATCH_MINUTES = 5
CALL_LIST_SECONDS = 30
FARTHEST_SECONDS = 30
_FORGET_TRIES = timedelta(days=14)

Job = Callable[[Services, datetime], int]


def sweep_due(services: Services, now: datetime) -> int:
    """Grade everything whose moment has come, in small transactions; how many days that were.

    When somebody graded at a moment that has not come, a clock was ahead then or is behind now, as after a start before
    the network says the time. What was graded meanwhile is taken back when two sweeps in a row find that.
    """
    total = _until_nothing(services, lambda connection: sweep(connection, now, DUE_AT_ONCE))
    was_behind, services.is_behind = services.is_behind, _is_behind(services)
    if services.is_behind and not was_behind:
        return total
    return total + _until_nothing(services, lambda connection: _swept(connection, services))


def _is_behind(services: Services) -> bool:
    """Whether somebody graded in the future, which is also told to the log."""
    now = services.environment.now()
    with reading(services.engine) as connection:
        graded_at = _swept_ahead(connection, now) or _graded_ahead(connection, services, now)
    if graded_at is None:
        return False
    _log.warning("clock_behind_last_sweep", swept_at=format_utc(graded_at), now=format_utc(now))
    return True


def _graded_ahead(connection: Connection, services: Services, now: datetime) -> datetime | None:
    """The moment in the future at which a phone was answered or staff recorded something: that grades, too.

    It matters where no sweep ended while the clock was ahead, and only as long as its grades stand.
    """
    graded_at = services.graded.at(lambda: _told_last(connection))
    if graded_at is None or not is_ahead(graded_at, now) or is_right(connection, now + CLOCKS_DIFFER):
        return None
    return graded_at


def _told_last(connection: Connection) -> datetime | None:
    """When a phone or staff last said something, in whichever process."""
    said = (contacts.latest(connection), staff_facts.latest(connection))
    return max((at for at in said if at is not None), default=None)


def _swept_ahead(connection: Connection, now: datetime) -> datetime | None:
    before = state.value(connection, state.SWEPT_AT)
    swept_at = None if before is None else parse_utc(before)
    return swept_at if swept_at and is_ahead(swept_at, now) else None


def _swept(connection: Connection, services: Services) -> int:
    """Note when; what was graded in the future is graded anew first.

    The time is taken here: while this process swept for minutes, another one's sweep may have ended.
    """
    now = services.environment.now()
    if services.is_behind or _swept_ahead(connection, now):
        if done := put_right(connection, now):
            return done
        if not is_right(connection, now):
            return 0  # another process holds who is left; as nothing is noted, the next sweep looks again
    state.set_value(connection, state.SWEPT_AT, format_utc(now))
    return 0


def extend_horizon(services: Services, now: datetime) -> int:
    """Expand everybody's days up to the horizon; how many participants were behind."""
    return _until_nothing(services, lambda connection: extend(connection, services, now))


def anchor(services: Services, now: datetime) -> int:
    """Hash the heads of all chains; how many there are, 0 when another process has just done it."""
    return anchor_chains(services, now)


def forget_tries(services: Services, now: datetime) -> int:
    """Drop counted tries of long ago; how many spans."""

    def work(connection: Connection) -> int:
        return attempts.forget(connection, looks.seen_twice(connection, "tries", now) - _FORGET_TRIES)

    return services.writer.run(LAST, work)


def forget_exports(services: Services, now: datetime) -> int:
    """Delete bundles that have been kept long enough; how many."""
    return running.forget_old(services, now)


def warn_of_licences(services: Services, now: datetime) -> int:
    """Tell the log of licences that end soon or have ended; how many."""
    today = now.date()
    found = services.licensed.endings(services.study, instruments(), today)
    for one in found:
        _log.warning(
            "licence_ended" if one.last_day < today else "licence_ends",
            instrument=one.key.instrument, version=one.key.version, language=one.key.language,
            last_day=one.last_day.isoformat(),
        )  # fmt: skip
    return len(found)


def warn_of_unsent(services: Services, now: datetime) -> int:
    """Tell the log when reminders do not leave, as long as they do not; how many participants that has cost one."""
    with reading(services.engine) as connection:
        found = unsent.unsent(connection, now)
    if found is None:
        return 0
    _log.error("reminders_unsent", participants=found.participants, since=format_utc(found.since))
    return found.participants


def call_list_at_hand(services: Services, now: datetime) -> int:
    """Make the call list of all sites, so that no page waits for the first or for what noon and midnight change."""
    sites = services.study.sites
    with snapshot(services.engine) as connection:
        today = local_date(now, sites[0].zone)
        return len(call_list(connection, services.study, [site.id for site in sites], today, now).now)


def scheduler(services: Services) -> BackgroundScheduler:
    """Every job with its rhythm; the caller starts it and shuts it down."""
    clockwork = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    first = services.environment.now()
    clockwork.add_job(_told_the_time(services, sweep_due), "interval", seconds=SWEEP_SECONDS, next_run_time=first)
    clockwork.add_job(_told_the_time(services, remind), "interval", seconds=REMIND_SECONDS, next_run_time=first)
    to_call = set_apart_after(_told_the_time(services, call_list_at_hand))
    clockwork.add_job(to_call, "interval", seconds=CALL_LIST_SECONDS, next_run_time=first)
    clockwork.add_job(
        _told_the_time(services, farthest.guard), "interval", seconds=FARTHEST_SECONDS, next_run_time=first
    )
    clockwork.add_job(_told_the_time(services, extend_horizon), "interval", hours=1, next_run_time=first)
    clockwork.add_job(_told_the_time(services, anchor), "interval", hours=1)
    clockwork.add_job(_told_the_time(services, refusals.watch_refusals), "interval", minutes=WATCH_MINUTES)
    clockwork.add_job(_told_the_time(services, warn_of_unsent), "interval", hours=1)
    clockwork.add_job(_told_the_time(services, forget_tries), "interval", hours=24)
    clockwork.add_job(_told_the_time(services, forget_exports), "interval", hours=1, next_run_time=first)
    clockwork.add_job(_told_the_time(services, warn_of_licences), "interval", hours=24, next_run_time=first)
    clockwork.add_job(
        _told_the_time(services, account_mail.tell_holders), "interval", seconds=TELL_SECONDS, next_run_time=first
    )
    clockwork.add_job(_told_the_time(services, mailing.mail_overviews), "interval", minutes=5, next_run_time=first)
    clockwork.add_job(
        _told_the_time(services, nightly.back_up), "interval", minutes=BACKUP_MINUTES, next_run_time=first
    )
    clockwork.add_job(_told_the_time(services, nightly.watch), "interval", hours=1)
    return clockwork


def _told_the_time(services: Services, job: Job) -> Callable[[], int]:
    return lambda: job(services, services.environment.now())


def _until_nothing(services: Services, batch: Callable[[Connection], int]) -> int:
    total = 0
    while done := services.writer.run(LAST, batch):
        total += done
    return total
