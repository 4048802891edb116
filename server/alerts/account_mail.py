"""The job that tells holders of accounts what happened to their log-in, whichever process is first.

By mail to the account's own address. Where there is none, or it takes nothing, the next log-in shows it. A process that
is killed between sending and writing that down leaves a lease that runs out: twice, then, with the same mark.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import new as hmac

from sqlalchemy import Connection

from diary_app.core.facts import Channel
from server.access.account_facts import Happened
from server.access.guessing import note_guessing
from server.alerts.account_words import told
from server.clocks import CLOCKS_DIFFER
from server.db import accounts, looks, notices
from server.db.accounts import Account
from server.db.engine import reading
from server.db.notices import Notice
from server.db.writer import LAST
from server.logs import logger
from server.reminders.channel import Letter, NotSent, Outcome, Sent, Session, Trouble
from server.reminders.channels import channel_of
from server.reminders.patience import write_down
from server.reminders.routes import usable
from server.services import Services

#: What could not be mailed by then is shown at the next log-in instead.
MAILED_WITHIN = timedelta(days=3)
#: What nobody has come to read by then stays in the trail alone.
SHOWN_FOR = timedelta(days=365)
_LEASE = timedelta(minutes=15)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
_TRIES_IN_DOUBT, _TRIES_IN_DOUBT_OF_FORMER = 2, 5
_log = logger()


def tell_holders(services: Services, now: datetime) -> int:
    """Look who is guessed at, mail what is due, drop what is too old; how many messages were taken."""
    note_guessing(services, now)
    due = _due(services, now)
    if due.nobodys or due.over:
        services.writer.run(LAST, lambda connection: _drop(connection, due, now))
    if not due.to_mail:
        return 0
    with channel_of(services, Channel.EMAIL).session() as session:
        return sum(isinstance(_mail(services, session, *one, now), Sent) for one in due.to_mail)


def can_be_mailed(services: Services, account: Account) -> bool:
    """Whether this server sends e-mail and the account has an address."""
    return bool(account.email) and Channel.EMAIL in usable(services.settings).channels


def to_show(connection: Connection, services: Services, account: str, before: datetime) -> list[Notice]:
    """What the account's holder has to be shown as no mail tells them, the oldest first; of before that moment."""
    found = accounts.of_id(connection, account)
    mailed = found is not None and can_be_mailed(services, found)
    return [
        one for one in notices.of_account(connection, account)
        if one.at < before and not one.address and not (mailed and _may_be_mailed(one, services.environment.now()))
    ]  # fmt: skip


def owe_former_address(connection: Connection, services: Services, account: Account) -> Notice | None:
    """Keep that the address which is taken away from the account has to be told; None where no mail reaches it."""
    if not can_be_mailed(services, account):
        return None
    now, fact = services.environment.now(), services.environment.new_id()
    notice = Notice(
        fact=fact, account=account.id, kind=Happened.ADDRESS_CHANGED, at=now, next_at=now, address=account.email or ""
    )
    notices.keep(connection, notice)
    return notice


def tell_former_address(services: Services, notice: Notice, account: Account) -> bool:
    """Tell it at once; whether the mail server took it. If not, the job tries again."""
    with channel_of(services, Channel.EMAIL).session() as session:
        return isinstance(_mail(services, session, notice, account, services.environment.now()), Sent)


@dataclass(frozen=True)
class _Due:
    """`nobodys`: of accounts that are closed; `over`: what by this look at the clock is too old."""

    to_mail: list[tuple[Notice, Account]]
    nobodys: list[Notice]
    over: list[Notice]


def _due(services: Services, now: datetime) -> _Due:
    with reading(services.engine) as connection:
        waiting = notices.every(connection)
        there = {one.id: one for one in accounts.everyone(connection) if one.disabled_at is None} if waiting else {}
    mailed = [
        (one, there[one.account]) for one in waiting
        if one.account in there and _can_be_told(services, one, there[one.account]) and _is_due(one, now)
    ]  # fmt: skip
    nobodys = [one for one in waiting if one.account not in there]
    return _Due(mailed, nobodys, [one for one in waiting if one.account in there and _is_over(one, now)])


def _drop(connection: Connection, due: _Due, now: datetime) -> None:
    seen_at = looks.seen_twice(connection, "notices", now)
    if gone := [*due.nobodys, *(one for one in due.over if _is_over(one, seen_at))]:
        notices.remove(connection, *gone)


def _is_over(notice: Notice, now: datetime) -> bool:
    """A former address has no log-in that could show it."""
    return now - notice.at > SHOWN_FOR or (bool(notice.address) and not _may_be_mailed(notice, now))


def _can_be_told(services: Services, notice: Notice, account: Account) -> bool:
    return Channel.EMAIL in usable(services.settings).channels and bool(notice.address or account.email)


def _is_due(notice: Notice, now: datetime) -> bool:
    """Now, or at a moment that is further off than any wait: by a clock that was ahead."""
    if notice.next_at is None or not _may_be_mailed(notice, now):
        return False
    return notice.next_at <= now or notice.next_at - now > _LONGEST_WAIT + CLOCKS_DIFFER


def _may_be_mailed(notice: Notice, now: datetime) -> bool:
    return notice.next_at is not None and now - notice.at < MAILED_WITHIN


def _mail(services: Services, session: Session, notice: Notice, account: Account, now: datetime) -> Outcome | None:
    """What came of it; None where another process is at it, or it was told."""

    def take(connection: Connection) -> Notice | None:
        seen = notices.held(connection, notice)
        if seen is None or not _is_due(seen, now):
            return None
        taken = seen.model_copy(update={"next_at": now + _LEASE, "tries": seen.tries + 1})
        notices.keep(connection, taken)
        return taken

    taken = services.writer.run(LAST, take)
    if taken is None:
        return None
    outcome = session.send(_letter(services, taken, account, now))
    if isinstance(outcome, NotSent):
        _log.warning("notice_not_sent", account=account.id, trouble=outcome.trouble, final=outcome.final)
    write_down(services, lambda connection: _settle(connection, taken, outcome, now))
    return outcome


def _settle(connection: Connection, taken: Notice, outcome: Outcome, now: datetime) -> None:
    if isinstance(outcome, Sent):
        notices.remove(connection, taken)
    elif notices.held(connection, taken) is not None:
        wait = min(_FIRST_WAIT * 2 ** min(taken.tries - 1, 6), _LONGEST_WAIT)
        is_over = outcome.final or _may_have_come(taken, outcome)
        notices.keep(connection, taken.model_copy(update={"next_at": None if is_over else now + wait}))


def _may_have_come(taken: Notice, outcome: Outcome | None) -> bool:
    """Again and again the mail server had it whole and lost its answer; what no log-in can show is tried longer."""
    lost = isinstance(outcome, NotSent) and outcome.trouble is Trouble.ANSWER_LOST
    return lost and taken.tries >= (_TRIES_IN_DOUBT_OF_FORMER if taken.address else _TRIES_IN_DOUBT)


def _letter(services: Services, notice: Notice, account: Account, now: datetime) -> Letter:
    said = told(services.study, notice, account.language)
    mark = hmac(services.secret, f"notice|{notice.fact}".encode(), sha256).hexdigest()[:32]
    return Letter(notice.address or account.email or "", mark, said.subject, said.text, said.sender, now)
