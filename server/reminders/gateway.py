"""Text messages and whatever else Apprise can reach: a URL of the settings with a place for the participant's number.

Redirects are not followed, every call is bounded in time, and what Apprise would log stays here: it names numbers.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from apprise import Apprise, AppriseAsset
from apprise.result import AppriseResult, AppriseResultStatus

from server.reminders.channel import Letter, NotSent, Outcome, Sent, Trouble
from server.settings import Settings

NUMBER, DIGITS = "{number}", "{digits}"
_STATUS = re.compile(r"\berror=(\d{3})\b")
#: The connection was there and ended without an answer, as the HTTP library says it.
_UNANSWERED = re.compile("Read timed out|Connection aborted|Connection broken|Connection reset")
_HANGING = frozenset({Trouble.UNREACHABLE, Trouble.TIMED_OUT, Trouble.ANSWER_LOST})
_TROUBLES_TO_STOP = 3
#: A proxy before the gateway has waited in vain.
_NO_ANSWER_BEHIND_IT = 504
#: A key that is wrong or has no credit left, or an address of the gateway that is none: nobody's number.
_ABOUT_US = frozenset({401, 402, 403, 404, 405, 407})
_GATEWAY_WAITS = timedelta(minutes=2)


@dataclass(frozen=True)
class Gateway:
    """One Apprise URL."""

    settings: Settings

    @contextmanager
    def session(self) -> Iterator["GatewaySession"]:
        """See `Channel.session`."""
        _keep_to_itself()
        yield GatewaySession(self.settings)


class GatewaySession:
    """One message after the other. A gateway that hangs again and again is not waited for in the same batch."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._hung = 0

    def send(self, letter: Letter) -> Outcome:
        """See `Session.send`."""
        if self._hung >= _TROUBLES_TO_STOP:
            return NotSent(Trouble.UNREACHABLE)
        outcome = self._notify(letter)
        hung = isinstance(outcome, NotSent) and outcome.trouble in _HANGING
        self._hung = self._hung + 1 if hung else 0
        return outcome

    def _notify(self, letter: Letter) -> Outcome:
        seconds = self._settings.message_timeout_seconds
        service = Apprise.instantiate(self._url(letter.address), asset=self._asset(letter), suppress_exceptions=True)
        if service is None:
            return NotSent(Trouble.NOT_SET_UP)
        service.socket_connect_timeout = service.socket_read_timeout = seconds
        gateway = Apprise(asset=service.asset)
        gateway.add(service)
        with gateway.notify(body=letter.text, log_level=logging.DEBUG) as result:
            return Sent() if result.status is AppriseResultStatus.SUCCESS else _trouble(result)

    def _url(self, number: str) -> str:
        assert self._settings.sms_url is not None
        template = self._settings.sms_url.get_secret_value()
        return template.replace(NUMBER, quote(number, safe="")).replace(DIGITS, number.lstrip("+"))

    def _asset(self, letter: Letter) -> AppriseAsset:
        asset = AppriseAsset(service_timeout=self._settings.message_timeout_seconds * 2)
        asset.http_redirects = False
        asset.app_id, asset.app_desc, asset.app_url = letter.sender, letter.sender, ""
        return asset


def _trouble(result: AppriseResult) -> NotSent:
    """Apprise says only whether it succeeded; what came back, if anything did, is in what it would have logged.

    A call that it gave up in the middle may still go through.
    """
    if result.status is AppriseResultStatus.TIMEOUT:
        return NotSent(Trouble.ANSWER_LOST)
    said = [str(entry.message) for entry in result.logs()]
    found = next((match for text in said if (match := _STATUS.search(text))), None)
    if found:
        return by_status(int(found[1]))
    return NotSent(Trouble.ANSWER_LOST if any(map(_UNANSWERED.search, said)) else Trouble.UNREACHABLE)


def by_status(status: int) -> NotSent:
    """What an HTTP status means for one message."""
    if status in (408, 429):
        return NotSent(Trouble.TRY_LATER, retry_after=_GATEWAY_WAITS)
    if status == _NO_ANSWER_BEHIND_IT:
        return NotSent(Trouble.ANSWER_LOST)
    if status in _ABOUT_US:
        return NotSent(Trouble.SENDER_REFUSED, final=True)
    if 400 <= status <= 499:
        return NotSent(Trouble.RECIPIENT_REFUSED, final=True)
    if 300 <= status <= 399:
        return NotSent(Trouble.REDIRECTED)
    return NotSent(Trouble.PROVIDER_FAULT if status >= 500 else Trouble.ANSWER_UNREADABLE)


def _keep_to_itself() -> None:
    """Apprise's own log names numbers and addresses; it collects it for us, and nobody else hears it.

    How a connection ended it says in its details alone.
    """
    logging.getLogger("apprise").setLevel(logging.DEBUG)
    for name in ("apprise", "urllib3", "requests"):
        quiet = logging.getLogger(name)
        quiet.propagate = False
        if not quiet.handlers:
            quiet.addHandler(logging.NullHandler())
