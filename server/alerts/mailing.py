"""The job that mails the morning's overview to whoever looks after a site, whichever process is first.

Once to each. A process killed between sending and writing that down leaves a lease that runs out: twice, then, with the
same mark. What a mail server had whole is not sent again for want of its answer.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from hmac import new as hmac

from sqlalchemy import Connection

from diary_app.core.facts import Channel
from diary_app.core.study import Site
from diary_app.core.times import local_date, wall_to_utc
from server.access import rights
from server.access.rights import Rights
from server.access.roles import Permission
from server.alerts.digest import digest, morning
from server.db import accounts, claims
from server.db.accounts import Account
from server.db.engine import reading
from server.db.writer import LAST
from server.logs import logger
from server.reminders.channel import Letter, NotSent, Outcome, Sent, Trouble
from server.reminders.channels import channel_of
from server.reminders.patience import write_down
from server.reminders.routes import usable
from server.services import Services

#: In the afternoon an overview of this morning is of no use.
_UNTIL = timedelta(hours=4)
_LEASE = timedelta(minutes=15)
_log = logger()


def mail_overviews(services: Services, now: datetime) -> int:
    """Mail what is due; how many messages were taken."""
    if Channel.EMAIL not in usable(services.settings).channels:
        return 0
    return sum(_mail(services, site, now) for site in services.study.sites)


def _mail(services: Services, site: Site, now: datetime) -> int:
    minutes = services.settings.overview_hour * 60
    turn = wall_to_utc(local_date(now, site.zone), minutes, site.zone, last=False)
    if not turn <= now < turn + _UNTIL:
        return 0
    taken = 0
    for reader in _readers(services, site):
        outcome = _once(services, f"overview {site.id} {reader.id}", turn, now, partial(_send, site, reader))
        if isinstance(outcome, NotSent):
            _log.warning("overview_not_sent", site=site.id, trouble=outcome.trouble, final=outcome.final)
            if not outcome.final:
                break  # the mail server has trouble; the next look tries again
        taken += isinstance(outcome, Sent)
    return taken


def _once(
    services: Services,
    claim: str,
    turn: datetime,
    now: datetime,
    send: Callable[[Services, datetime], Outcome],
) -> Outcome | None:
    """What came of it; None where another process is at it, or it was done."""

    def take(connection: Connection) -> bool:
        return claims.take(connection, claim, turn, now, _LEASE)

    def settle(connection: Connection) -> None:
        if isinstance(outcome, NotSent) and not outcome.final and outcome.trouble is not Trouble.ANSWER_LOST:
            claims.give_back(connection, claim, turn)
        else:
            claims.done(connection, claim, turn)

    if not services.writer.run(LAST, take):
        return None
    outcome = send(services, now)
    write_down(services, settle)
    return outcome


def _readers(services: Services, site: Site) -> list[Account]:
    """Who looks after the site, is there and has an address."""
    with reading(services.engine) as connection:
        held = rights.all_rights(connection)
        there = [one for one in accounts.everyone(connection) if one.email and one.disabled_at is None]
    return [one for one in there if _of(held, one).may(Permission.LOG_CONTACT, site.id)]


def _of(held: frozenset[rights.Right], account: Account) -> Rights:
    return Rights(frozenset(right for right in held if right.account == account.id))


def _send(site: Site, reader: Account, services: Services, now: datetime) -> Outcome:
    with reading(services.engine) as connection:
        found = morning(
            connection, services.study, site, now, backups_wanted=services.settings.backup_folder is not None
        )
    made = digest(services.study, found, reader.language, services.settings.public_url)
    told_of = f"overview|{site.id}|{reader.id}|{found.evening}"
    mark = hmac(services.secret, told_of.encode(), sha256).hexdigest()[:32]
    with channel_of(services, Channel.EMAIL).session() as session:
        return session.send(Letter(reader.email or "", mark, made.subject, made.text, made.sender, now))
