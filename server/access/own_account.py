"""What everybody may do to their own account once they are logged in."""

from sqlalchemy import Connection

from server.access import passwords, sessions
from server.access.account_facts import Happened, note
from server.access.sessions import Held, LoggedIn
from server.db import accounts, invitations, log_ins
from server.services import Services


def change_password(services: Services, held: Held, new: str) -> LoggedIn:
    """A new password; this log-in goes on with a new secret, every other one ends. Raises `CommandRefused`.

    Whoever calls has had the old one shown. The slow work is done outside any transaction.
    """
    account, environment = held.staff.account, services.environment
    passwords.check_choice(new, held.staff.username)
    hashed = passwords.hash_password(new, environment.random_bytes(passwords.SALT_BYTES))

    def work(connection: Connection) -> LoggedIn:
        accounts.set_password_hash(connection, account, hashed)
        invitations.withdraw(connection, account)  # a link that was not used would set the password once more
        log_ins.remove_of(connection, account, but=held.session.secret_sha256)
        note(connection, environment, Happened.PASSWORD_CHANGED, account, author=account)
        return sessions.renew(connection, services, held.session, passed_second=False)

    return services.writer.run("", work)
