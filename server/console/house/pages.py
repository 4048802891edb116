"""The page of system health, and what administrators say about alerts of the server itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

from fastapi import Form, Request, Response
from sqlalchemy import Connection

from diary_app.core.errors import RequestRefused
from diary_app.core.facts import AlertAction
from server import health
from server.access.dependencies import not_allowed
from server.access.rights import Rights, rights_in_use
from server.access.roles import Permission
from server.alerts import house_alerts, unsent
from server.alerts.open_alerts import Alert, Kind
from server.backup import standing
from server.backup.standing import Standing
from server.by_itself import NEWS
from server.console import news
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.inbox.words import ACTIONS, ALERTS, action_from
from server.console.kept import kept, made_at
from server.console.marks import Mark, Watched, of_house
from server.db import chain_anchors, house
from server.db.engine import NOT_NOW, is_sqlite
from server.db.house import Counts
from server.db.lag import lags

PATH = "/console/health"
_NEWS = f"{NEWS}/health"
_SILENT_AFTER = timedelta(days=2)
_ANCHOR_EVERY = timedelta(hours=2)
_DUE_AT_MOST = timedelta(minutes=10)
_LAG_DAYS = 7
#: What is kept for half a minute.
_KEPT = _COUNTS, _LAGS = "house", "lags"

router = routes()


@dataclass(frozen=True)
class Reading:
    """One thing that is looked at: whether it is in order, and how it stands in words.

    `is_known`: whether there was anything to look at; what never was is not said to be in order.
    """

    name: str
    is_good: bool
    words: str
    is_known: bool = True

    @property
    def shape(self) -> str:
        """The shape that says it."""
        if not self.is_good:
            return "missed"
        return "done" if self.is_known else "excused"


@dataclass(frozen=True)
class Found:
    """Everything that the page shows, as of `mark`."""

    readings: Sequence[Reading]
    alerts: Sequence[Alert]
    mark: Mark

    @property
    def wrong(self) -> list[Reading]:
        """What is not in order."""
        return [one for one in self.readings if not one.is_good]


@router.get("/health")
def show(desk: DeskDep) -> Response:
    """One sentence, then every reading."""
    return _page(desk)


@router.post("/health/alerts")
def acknowledge(
    desk: FormDeskDep,
    kind: Annotated[str, Form(max_length=40)] = "",
    action: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Say what was done about an alert of the server; one that is gone by now needs nothing more."""
    try:
        done = action_from(action)
        desk.write("", partial(_note, desk, kind, done))
    except RequestRefused as refusal:
        return _page(desk, refusal)
    return desk.to(PATH, "alert_seen_to")


@router.get("/news/health")
def tell(request: Request, desk: DeskDep) -> Response:
    """Whether the server still stands as it did; how often and how fast it does what it should is no news."""
    return news.answer(request, desk, _found(desk).mark)


def _note(desk: Desk, kind: str, done: AlertAction, connection: Connection) -> None:
    if not _may_answer(desk, rights_in_use(connection, desk.staff.account)):
        raise not_allowed()
    for alert in _alerts(desk, connection):
        if alert.kind == kind:
            house_alerts.acknowledge(
                connection, alert, done, author=desk.staff.account, environment=desk.services.environment
            )


def _may_answer(desk: Desk, held: Rights) -> bool:
    """Whoever administers every site: what is seen to here is gone from the pages and overviews of all of them."""
    return all(held.may(Permission.MANAGE_ACCOUNTS, site.id) for site in desk.services.study.sites)


def _alerts(desk: Desk, connection: Connection) -> list[Alert]:
    """Who may not read of breaches does not hear of one here either."""
    wanted = desk.services.settings.backup_folder is not None
    found = house_alerts.house_alerts(connection, desk.now, backups_wanted=wanted)
    may_read = desk.may(Permission.SEE_INCIDENTS)
    return [one for one in found if may_read or one.kind is not Kind.BREACH_UNDECIDED]


def _page(desk: Desk, refusal: RequestRefused | None = None) -> Response:
    found = _found(desk)
    return desk.page(
        "house/page.html", refusal=refusal, readings=found.readings, wrong=found.wrong,
        makes_backups=desk.services.settings.backup_folder is not None,
        alerts=[(one.kind.value, desk.say(ALERTS[one.kind]), desk.calendar.moment(one.since)) for one in found.alerts],
        may_answer=_may_answer(desk, desk.staff.rights),
        actions=[(one.value, desk.say(words)) for one, words in ACTIONS.items()],
        as_of=desk.calendar.time_with_zone(found.mark.at), watched=Watched(found.mark, path=_NEWS),
    )  # fmt: skip


def _found(desk: Desk) -> Found:
    checks = health.checks(desk.services)
    alerts: list[Alert] = []
    readings = _checked(desk, checks)
    if checks["database"]:
        try:
            with desk.reading() as connection:
                alerts = _alerts(desk, connection)
                readings += _read(desk, connection)
        except NOT_NOW:
            readings.append(Reading(desk.say("Database"), False, desk.say("not reachable")))
    wrong, since = [one.name for one in readings if not one.is_good], {one.kind.value: one.since for one in alerts}
    return Found(readings, alerts, of_house(wrong, since, made_at(desk.services.engine, _KEPT, desk.now)))


def _checked(desk: Desk, checks: dict[str, bool]) -> list[Reading]:
    say, waiting = desk.say, desk.services.writer.waiting
    queue = desk.texts.count("{number} change waits to be stored", "{number} changes wait to be stored", waiting)
    return [
        Reading(
            say("Database"), checks["database"], say("reachable") if checks["database"] else say("not reachable")
        ),
        Reading(
            say("Guards of the stored data"), checks["guards"],
            say("nothing that is stored can be changed") if checks["guards"] else say("missing"),
        ),
        Reading(say("Writing"), checks["writer"], queue if checks["writer"] else say("stopped")),
    ]  # fmt: skip


def _read(desk: Desk, connection: Connection) -> list[Reading]:
    now = desk.now
    swept = health.swept_at(connection)
    counts: Counts = kept(connection, _COUNTS, now, lambda: house.counts(connection, now, now - _SILENT_AFTER))
    return [
        _sweep(desk, swept),
        _waiting(desk, desk.say("Evenings waiting to be closed"), counts.due_since),
        _reminded(desk, connection),
        _waiting(desk, desk.say("Reminders waiting to be sent"), counts.to_send_since),
        _backup(desk, standing.known(desk.services, connection)),
        _trail(desk, standing.known(desk.services, connection)),
        _anchor(desk, connection),
        _lag(desk, connection),
        Reading(desk.say("Clock of the server"), True, desk.calendar.moment(now)),
        _phones(desk, counts),
    ]


def _sweep(desk: Desk, swept: datetime | None) -> Reading:
    is_recent = swept is not None and desk.now - swept < health.SWEEP_IS_RECENT
    words = desk.say("last done {moment}", moment=desk.calendar.moment(swept)) if swept else desk.say("not done yet")
    return Reading(desk.say("Closing of evenings"), is_recent, words)


def _reminded(desk: Desk, connection: Connection) -> Reading:
    last, is_good = unsent.looked_at(connection), unsent.stopped_since(connection, desk.now) is None
    words = desk.say("last done {moment}", moment=desk.calendar.moment(last)) if last else desk.say("not done yet")
    return Reading(desk.say("Check for reminders that are due"), is_good, words, is_known=last is not None)


def _waiting(desk: Desk, name: str, since: datetime | None) -> Reading:
    if since is None:
        return Reading(name, True, desk.say("none"))
    late = desk.now - since
    return Reading(name, late < _DUE_AT_MOST, desk.say("the oldest for {time}", time=_long(desk, late)))


def _backup(desk: Desk, stands: Standing) -> Reading:
    name, wanted = desk.say("Backup"), desk.services.settings.backup_folder is not None
    if stands.made_at is None:
        if wanted:
            return Reading(name, False, desk.say("none yet"))
        words, is_needed = desk.say("this server is not set up to make any"), _has_to_back_up(desk)
        return Reading(name, not is_needed, words, is_known=is_needed)
    made = desk.say("last made {moment}", moment=desk.calendar.moment(stands.made_at))
    if stands.failed_at is not None:
        failed = desk.say("one failed {moment}", moment=desk.calendar.moment(stands.failed_at))
        return Reading(name, False, f"{made}; {failed}")
    return Reading(name, not (wanted and stands.is_late(desk.now)), made)


def _has_to_back_up(desk: Desk) -> bool:
    """With participants, nobody else copies our file; PostgreSQL may be backed up by those who run it."""
    return desk.services.settings.https_only and is_sqlite(desk.services.engine)


def _trail(desk: Desk, stands: Standing) -> Reading:
    name = desk.say("The trail and the stored facts")
    if stands.made_at is None:
        return Reading(name, True, desk.say("looked through with every backup; there was none yet"), is_known=False)
    if stands.is_sound:
        moment = desk.calendar.moment(stands.made_at)
        return Reading(name, True, desk.say("whole when last looked through, {moment}", moment=moment))
    return Reading(name, False, desk.say("not whole: whoever runs the server has to look at once"))


def _anchor(desk: Desk, connection: Connection) -> Reading:
    last = chain_anchors.last(connection)
    if last is None:
        return Reading(desk.say("Hourly seal over the trail"), True, desk.say("none yet"), is_known=False)
    is_recent = desk.now - last.at < _ANCHOR_EVERY
    said = desk.say("last taken {moment}", moment=desk.calendar.moment(last.at))
    return Reading(desk.say("Hourly seal over the trail"), is_recent, said)


def _lag(desk: Desk, connection: Connection) -> Reading:
    name = desk.say("From the phone to here, last 7 days")
    since = desk.calendar.today - timedelta(days=_LAG_DAYS)
    found = kept(connection, _LAGS, desk.now, lambda: lags(connection, since))
    if not found:
        return Reading(name, True, desk.say("no entry has come"), is_known=False)
    half, most = _quantile(found, 50), _quantile(found, 95)
    words = desk.say(
        "half of the entries within {half}, 95 of 100 within {most}, the slowest {longest}",
        half=_long(desk, half), most=_long(desk, most), longest=_long(desk, found[-1]),
    )  # fmt: skip
    return Reading(name, True, words)


def _quantile(ordered: Sequence[timedelta], percent: int) -> timedelta:
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _phones(desk: Desk, counts: Counts) -> Reading:
    active = counts.phones.get("active", 0)
    said = desk.texts.count("{number} in use", "{number} in use", active)
    silent = desk.say("{number} not heard from for two days", number=counts.silent)
    return Reading(desk.say("Phones of the whole study"), True, f"{said}, {silent}")


def _long(desk: Desk, span: timedelta) -> str:
    """12 seconds, 5 minutes, 3 hours, 2 days."""
    seconds = max(0, int(span.total_seconds()))
    count = desk.texts.count
    if seconds < 120:
        return count("{number} second", "{number} seconds", seconds)
    if seconds < 7200:
        return count("{number} minute", "{number} minutes", seconds // 60)
    if seconds < 172_800:
        return count("{number} hour", "{number} hours", seconds // 3600)
    return count("{number} day", "{number} days", seconds // 86_400)
