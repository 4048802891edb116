"""Whether an account has been logged in with from a browser of that kind before, as far as its holder needs it.

A kind is a family and a system, two words of ours. Keyed hashes of account and kind are kept for a year after the last
such log-in, so nobody can read from them who uses what, or where anybody was.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from server.access.account_facts import Happened, note
from server.access.browsers import Browser
from server.db import log_in_tries
from server.services import Services

REMEMBERED = timedelta(days=365)


def note_other_browser(connection: Connection, services: Services, account: str, browser: Browser) -> None:
    """Know the browser from now on; where the account knows others and not this one, its holder is told.

    Whoever logs in for the first time, or for the first time since browsers are known, is not told of that.
    """
    now = services.environment.now()
    anything = _subjects(services, account)
    this_one = _subjects(services, account, browser.family, browser.system)

    def is_known(subjects: Sequence[str]) -> bool:
        return any(log_in_tries.is_remembered(connection, subject, now) for subject in subjects)

    if is_known(anything) and not is_known(this_one):
        note(connection, services.environment, Happened.OTHER_BROWSER, account, author=account, browser=browser)
    for subject in (anything[0], this_one[0]):
        log_in_tries.remember(connection, subject, now + REMEMBERED)


def _subjects(services: Services, *parts: str) -> list[str]:
    """Under the server's secret, and under the one before while it is kept."""
    text = "\n".join(("browser", *parts)).encode()
    return [f"browser:{hmac.new(key, text, hashlib.sha256).hexdigest()}" for key in services.secrets]
