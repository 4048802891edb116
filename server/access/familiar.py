"""Whether an account has been logged in with from a browser of that kind before, as far as its holder needs it.

A kind is a family and a system, two words of ours. Keyed hashes of account and kind are kept for a year after the last
such log-in, so nobody can read from them who uses what, or where anybody was.
"""

import hashlib
import hmac
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
    anything = _subject(services, account)
    this_one = _subject(services, account, browser.family, browser.system)
    if log_in_tries.is_remembered(connection, anything, now) and not log_in_tries.is_remembered(
        connection, this_one, now
    ):
        note(connection, services.environment, Happened.OTHER_BROWSER, account, author=account, browser=browser)
    for subject in (anything, this_one):
        log_in_tries.remember(connection, subject, now + REMEMBERED)


def _subject(services: Services, *parts: str) -> str:
    text = "\n".join(("browser", *parts))
    return f"browser:{hmac.new(services.secret, text.encode(), hashlib.sha256).hexdigest()}"
