"""Which push services may carry reminders to browsers, and the key by which they know this server (VAPID, RFC 8292).

A browser names the address to push to, so it is looked at like any other input: only https, only hosts that whoever
runs the server has named. Where none is named no key is told, and browsers are not asked for an address.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from diary_app.core.errors import Code
from diary_app.core.sealing import from_base64, to_base64
from diary_app.core.wire import PushAddress
from server.key_files import CURVE, private_key, public_point
from server.settings import SettingInvalid, Settings

KEY_FILE = "push.key"
_AUTH_BYTES = 16
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})
#: Of `elsewhere.example\\.push.example` the end is named, and the beginning is where a message would be sent: whoever
#: sends ends the host at the backslash. So nothing stands there but a name whose parts are as long as parts can be:
#: an empty one cannot be looked up, and raises where nobody expects it.
_PLACE = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*(:[0-9]+)?")


@dataclass(frozen=True)
class PushServices:
    """`hosts` as in the settings: names, with a port where it is not the usual one, or `*.` and the end of a name."""

    hosts: tuple[str, ...]
    private: ec.EllipticCurvePrivateKey | None = field(repr=False)

    @property
    def public(self) -> str:
        """The key as browsers hear it; empty where nothing is pushed."""
        return to_base64(public_point(self.private)) if self.private else ""

    def may_carry(self, address: PushAddress) -> bool:
        """Whether reminders can and may be sent there: a named push service, and keys that are keys."""
        return self._is_named(address.endpoint) and _has_keys(address)

    def _is_named(self, endpoint: str) -> bool:
        """On this very machine https is not asked for: a test is all it can be."""
        try:
            parts = urlsplit(endpoint)
            place = parts.netloc.lower()
            is_private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
            return is_private and any(_fits(place, host) for host in self.hosts)
        except ValueError:
            return False


def push_services(settings: Settings) -> PushServices:
    """As the settings say. Raises `SettingInvalid` for what push services would not deal with."""
    hosts = tuple(filter(None, settings.push_hosts.split(",")))
    public = urlsplit(settings.public_url)
    if hosts and public.scheme != "https" and public.hostname not in _LOOPBACK:
        raise SettingInvalid(
            Code.SETTING_INVALID,
            "Push services deal only with servers that people reach by https.",
            "Set XERODIARY_PUBLIC_URL to the https address, or leave XERODIARY_PUSH_HOSTS empty.",
        )
    return PushServices(hosts, private_key(key_file(settings)) if hosts else None)


def key_file(settings: Settings) -> Path:
    """Where the key is by which push services know this server."""
    return settings.push_key_file or settings.var_folder / KEY_FILE


def _has_keys(address: PushAddress) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, from_base64(address.p256dh))
        return len(from_base64(address.auth)) == _AUTH_BYTES
    except ValueError:
        return False


def _fits(place: str, host: str) -> bool:
    if host.startswith("*."):
        return place.endswith(host[1:]) and _PLACE.fullmatch(place) is not None
    return place == host
