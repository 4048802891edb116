"""Web Push: a reminder for the service worker of the participant's browser, encrypted so that only it can read it.

The address was checked when it came in and is checked again before each message: the settings may have changed since,
and a name may lead elsewhere by now (`outside`). Redirects are not followed, and what a push service says is not read.
"""

import json
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from py_vapid import Vapid02
from pywebpush import WebPushException, webpush
from urllib3.exceptions import LocationValueError

from diary_app.core.wire import PushAddress
from server.push_services import PushServices
from server.reminders.channel import Letter, NotSent, Outcome, Sent, Trouble
from server.reminders.outside import LOOPBACK, OutsideAdapter, is_outside
from server.settings import Settings

#: A phone that is switched off for longer is reminded by the next one.
LIVES_FOR = timedelta(hours=1)
#: A phone that lies still gets anything less when it next wakes up by itself, which may be after the message's life.
_URGENCY = "high"
_TROUBLES_TO_STOP = 3
_GONE = (404, 410)
#: py-vapid's own check of the address that we give for ourselves knows neither ports nor short names.
_ANY_ADDRESS = {"no-strict": True}
_SILENT = logging.CRITICAL + 1
_WAITS = timedelta(minutes=2)
_MOST_PATIENCE = timedelta(minutes=30)


@dataclass(frozen=True)
class WebPush:
    """The push services that this server may use."""

    settings: Settings
    services: PushServices

    @contextmanager
    def session(self) -> Iterator["WebPushSession"]:
        """See `Channel.session`."""
        for name in ("pywebpush", "urllib3", "requests"):
            logging.getLogger(name).setLevel(_SILENT)  # they would name addresses
        with _Straight() as connections:
            yield WebPushSession(self.settings, self.services, connections)


class WebPushSession:
    """One message after the other; `Letter.address` is a `PushAddress` as JSON.

    A push service that hangs again and again is not waited for in the same batch, or other channels would wait with it.
    """

    def __init__(self, settings: Settings, services: PushServices, connections: requests.Session) -> None:
        self._settings = settings
        self._services = services
        self._connections = connections
        self._hung: dict[str, int] = {}

    def send(self, letter: Letter) -> Outcome:
        """See `Session.send`."""
        address = PushAddress.model_validate_json(letter.address)
        place = urlsplit(address.endpoint).netloc
        if self._hung.get(place, 0) >= _TROUBLES_TO_STOP:
            return NotSent(Trouble.UNREACHABLE)
        outcome = self._send(address, letter)
        hung = isinstance(outcome, NotSent) and outcome.trouble in (Trouble.UNREACHABLE, Trouble.TIMED_OUT)
        self._hung[place] = self._hung.get(place, 0) + 1 if hung else 0
        return outcome

    def _send(self, address: PushAddress, letter: Letter) -> Outcome:
        if not self._services.may_carry(address):
            return NotSent(Trouble.NOT_SET_UP, final=True)
        if _leads_inside(address.endpoint):
            return NotSent(Trouble.REDIRECTED, final=True)
        try:
            taken = self._push(address, letter)
        except WebPushException as error:
            return _trouble(error)
        except (requests.Timeout, TimeoutError):
            return NotSent(Trouble.TIMED_OUT)
        except (requests.RequestException, OSError, LocationValueError):
            return NotSent(Trouble.UNREACHABLE)
        return Sent(taken.headers.get("location", "").rpartition("/")[2][:64])

    def _push(self, address: PushAddress, letter: Letter) -> requests.Response:
        answer: requests.Response = webpush(
            {"endpoint": address.endpoint, "keys": {"p256dh": address.p256dh, "auth": address.auth}},
            json.dumps({"title": letter.sender, "words": letter.subject}, ensure_ascii=False),
            vapid_private_key=Vapid02(self._services.private, _ANY_ADDRESS),
            vapid_claims={"sub": self._settings.public_url},
            ttl=_lives_for(letter),
            timeout=self._settings.message_timeout_seconds,
            headers={"topic": letter.mark, "urgency": _URGENCY},
            requests_session=self._connections,
        )
        return answer


class _Straight(requests.Session):
    """Goes where it is told and nowhere else."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.mount("https://", OutsideAdapter())

    def request(self, method: str, url: str, **more: Any) -> requests.Response:  # type: ignore[override]
        """As the base class; a redirect is an answer like any other."""
        return super().request(method, url, **{**more, "allow_redirects": False})


def _lives_for(letter: Letter) -> int:
    """In seconds: a phone that is switched on in quiet hours must not be told then."""
    left = LIVES_FOR if letter.until is None else min(LIVES_FOR, letter.until - letter.at)
    return max(0, int(left.total_seconds()))


def _trouble(error: WebPushException) -> NotSent:
    """What the status of a refusal means; 404 and 410 say that the browser has given the address up."""
    status = error.status_code
    if status is None:
        return NotSent(Trouble.RECIPIENT_REFUSED, final=True)
    if status in _GONE:
        return NotSent(Trouble.RECIPIENT_REFUSED, final=True)
    if status in (408, 429):
        return NotSent(Trouble.TRY_LATER, retry_after=_patience(error.retry_after))
    if 300 <= status < 400:
        return NotSent(Trouble.REDIRECTED, final=True)
    if status >= 500:
        return NotSent(Trouble.PROVIDER_FAULT)
    return NotSent(Trouble.CONTENT_REFUSED, final=True)


def _patience(said: str | None) -> timedelta:
    return min(timedelta(seconds=int(said[:9])), _MOST_PATIENCE) if said and said.isdecimal() else _WAITS


def _leads_inside(endpoint: str) -> bool:
    """Whether the name of a push service leads to an address that is not on the internet; this machine when named."""
    host = urlsplit(endpoint).hostname or ""
    if host in LOOPBACK:
        return False
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False  # nowhere, or no name at all: sending says so
    return not all(is_outside(address) for address in found)
