"""What administrators do with the accounts of others: each asks for the right in the transaction that writes it down.

Nobody does any of it to their own account: an administrator who could give themselves a role could read what the role
opens, and one who took their own away might leave nobody who can.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from server.access import invitations, rights, second_factor, staff
from server.access.account_facts import Happened, note
from server.access.invitations import Invited, Wanted
from server.access.rights import Right, Rights, rights_in_use, rights_of
from server.access.roles import Permission
from server.db import accounts, log_ins
from server.db.accounts import Account
from server.db.site_facts import EVERYWHERE
from server.services import Services


def invite(connection: Connection, services: Services, wanted: Wanted, *, by: str) -> Invited:
    """A new account with its link. Raises `RequestRefused`, `CommandRefused`."""
    rights.hold(connection)
    _require_at(connection, services, by, [site for _, site in wanted.roles])
    return invitations.invite(connection, services, wanted, author=by)


def give(connection: Connection, services: Services, right: Right, *, by: str) -> None:
    """One role more. Raises `RequestRefused`, `CommandRefused`."""
    _another(connection, right.account, by)
    if not is_seen(rights_in_use(connection, by), rights_of(connection, right.account).held):
        raise _not_theirs()
    _require_at(connection, services, by, [right.site])
    rights.give(connection, right, author=by, environment=services.environment)


def take(connection: Connection, services: Services, right: Right, *, by: str) -> None:
    """One role less. Raises `RequestRefused`, `CommandRefused`."""
    _another(connection, right.account, by)
    _require_at(connection, services, by, [right.site])
    rights.take(connection, right, author=by, environment=services.environment)


def new_link(connection: Connection, services: Services, account: str, *, by: str) -> Invited:
    """Let them choose a password, the first or a new one; the second factor stays. Raises `RequestRefused`.

    Whoever calls shows the link of an account that has a password to nobody: it goes to the person's own address, or an
    administrator could take the account over and read and sign in its name.
    """
    found = _managed(connection, account, by)
    if found.password_hash and not found.email:
        raise RequestRefused(
            Code.NOT_ALLOWED,
            "A new link for somebody who has a password goes to their own e-mail address, and none is kept.",
            "Ask whoever runs the server for a link.",
        )
    return invitations.renew(connection, services, found, author=by)


def reset_second_factor(connection: Connection, services: Services, account: str, *, by: str) -> None:
    """For whoever has lost it: set up anew at the next log-in. Raises `RequestRefused`."""
    second_factor.reset(connection, services, _managed(connection, account, by).id, author=by)


def end_sessions(connection: Connection, services: Services, account: str, *, by: str) -> None:
    """Log them out everywhere. Raises `RequestRefused`."""
    managed = _managed(connection, account, by)
    log_ins.remove_of(connection, managed.id)
    note(connection, services.environment, Happened.SESSIONS_ENDED, managed.id, author=by)


def close(connection: Connection, services: Services, account: str, *, by: str) -> None:
    """For good; the account stays on record. Raises `RequestRefused`."""
    staff.disable(connection, services.environment, _managed(connection, account, by).id, author=by)


def is_managed(administrator: Rights, theirs: Iterable[Right]) -> bool:
    """Whether the administrator may do something to a whole account: at every site where it has a role.

    One without a role may get any, so it belongs to administrators of the whole study.
    """
    sites = {right.site for right in theirs} or {EVERYWHERE}
    return all(administrator.may(Permission.MANAGE_ACCOUNTS, site) for site in sites)


def is_read(reader: Rights, theirs: Iterable[Right]) -> bool:
    """Whether it stands in the register that they read: it has a role at a site whose accounts are open to them.

    Roles everywhere reach into that site as well, so they stand in it too.
    """
    return any(
        reader.may(Permission.SEE_ACCOUNTS) if one.site == EVERYWHERE else reader.may(Permission.SEE_ACCOUNTS, one.site)
        for one in theirs
    )


def is_seen(administrator: Rights, theirs: Iterable[Right]) -> bool:
    """Whether they may know of it: it has a role where they look after accounts, or none at all."""
    held = list(theirs)
    if not held or administrator.may(Permission.MANAGE_ACCOUNTS, EVERYWHERE):
        return True
    return any(administrator.may(Permission.MANAGE_ACCOUNTS, one.site) for one in held if one.site != EVERYWHERE)


def _managed(connection: Connection, account: str, by: str) -> Account:
    found = _another(connection, account, by)
    if not is_managed(rights_in_use(connection, by), rights_of(connection, account).held):
        raise _not_theirs()
    return found


def _another(connection: Connection, account: str, by: str) -> Account:
    """An account that is open, and not one's own.

    Of two administrators who close each other at once the second finds their own account closed.
    """
    rights.hold(connection)
    found = accounts.of_id(connection, account)
    if found is None:
        raise RequestRefused(Code.NOT_FOUND, "There is no such account.", "Look at the list.")
    if account == by:
        raise RequestRefused(
            Code.NOT_ALLOWED,
            "Nobody changes their own account here.",
            "Ask another administrator, or whoever runs the server.",
        )
    if found.disabled_at is not None:
        raise RequestRefused(Code.NOT_ALLOWED, "This account is closed.", "Invite the person with another user name.")
    return found


def _require_at(connection: Connection, services: Services, by: str, sites: Iterable[str]) -> None:
    held = rights_in_use(connection, by)
    known = {EVERYWHERE, *(site.id for site in services.study.sites)}
    for site in sites:
        if site not in known:
            raise RequestRefused(Code.NOT_FOUND, "There is no such site.", "Choose another one.")
        if not held.may(Permission.MANAGE_ACCOUNTS, site):
            raise _not_theirs()


def _not_theirs() -> RequestRefused:
    return RequestRefused(
        Code.NOT_ALLOWED,
        "You look after the accounts of other sites.",
        "Ask an administrator of this site, or of the whole study.",
    )
