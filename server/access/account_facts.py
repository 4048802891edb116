"""What happens to accounts, as facts of the whole study: who did it, to whom, when. Never why it was possible."""

from enum import StrEnum

from sqlalchemy import Connection

from diary_app.core.environment import Environment
from server.db import site_facts
from server.db.site_facts import EVERYWHERE


class Happened(StrEnum):
    """The kinds; they stand in the trail and are never renamed."""

    INVITED = "account_invited"
    JOINED = "account_joined"
    CLOSED = "account_closed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - says that, not what
    SECOND_FACTOR_SET_UP = "second_factor_set_up"
    SECOND_FACTOR_TAKEN_OFF = "second_factor_taken_off"
    SECOND_FACTOR_RESET = "second_factor_reset"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    SESSIONS_ENDED = "sessions_ended"


def note(connection: Connection, environment: Environment, happened: Happened, account: str, *, author: str) -> None:
    """Add it to the study's own chain. `author`: id of an account, or what stands for it at the server itself."""
    site_facts.append(
        connection, site=EVERYWHERE, kind=happened.value, body={"account": account}, author=author,
        at=environment.now(), id=environment.new_id(),
    )  # fmt: skip
