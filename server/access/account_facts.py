"""What happens to accounts, as facts of the whole study: who did it, to whom, when. Never why it was possible.

What concerns a log-in is also put down to be told to its holder, in the same transaction.
"""

from enum import StrEnum

from sqlalchemy import Connection

from diary_app.core.environment import Environment
from server.access.browsers import Browser
from server.db import notices, site_facts
from server.db.notices import Notice
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
    ADDRESS_CHANGED = "account_address_changed"
    CODE_SHOWN_AGAIN = "code_shown_again"
    OTHER_BROWSER = "other_browser"
    PASSWORDS_TRIED = "passwords_tried"
    CODES_TRIED = "codes_tried"


#: What a holder hears of: anything that changes how their account is got into, and what only a stranger might do.
TOLD = frozenset(Happened) - {Happened.INVITED, Happened.CLOSED, Happened.SESSIONS_ENDED}


def note(
    connection: Connection,
    environment: Environment,
    happened: Happened,
    account: str,
    *,
    author: str,
    browser: Browser | None = None,
) -> None:
    """Add it to the study's own chain. `author`: id of an account, or what stands for it at the server itself.

    `browser`: of the log-in that it is about; its holder is told, the trail keeps nothing of it.
    """
    now = environment.now()
    fact = site_facts.append(
        connection, site=EVERYWHERE, kind=happened.value, body={"account": account}, author=author,
        at=now, id=environment.new_id(),
    )  # fmt: skip
    if happened in TOLD:
        seen = browser or Browser()
        notices.keep(
            connection,
            Notice(
                fact=fact.id, account=account, kind=happened.value, at=now, next_at=now,
                browser=seen.family, system=seen.system,
            ),
        )  # fmt: skip
