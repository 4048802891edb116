"""Ways to other machines that what is written there would travel in the clear, or to whoever answers.

Without a word about it PostgreSQL's own client takes a way in the clear too, and believes any certificate; so a server
does not start with such a way, unless its settings say that something else guards it.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy import URL, make_url

from diary_app.core.errors import Code
from server.proxies import ANYBODY, networks
from server.settings import SettingInvalid, Settings

VERIFIED = "verify-full"
#: Of Apprise: whatever it also reaches safely, by the same word with an s.
IN_THE_CLEAR = frozenset({
    "amqp", "apprise", "bark", "deltachat", "emby", "enigma2", "evolution", "flowtriq", "fluxer", "form",
    "goalert", "gorush", "gotify", "hassio", "humhub", "irc", "jellyfin", "json", "kodi", "lametric", "mailto",
    "mastodon", "matrix", "misskey", "mmost", "mqtt", "ncloud", "nctalk", "notica", "notifico", "ntfy",
    "onebot", "opsimate", "parsep", "pinglet", "pjet", "psafer", "pushdeer", "rocket", "session", "signal",
    "smpp", "smseagle", "synology", "toot", "trigv", "xbmc", "xml", "xmpp",
})  # fmt: skip


class Way(StrEnum):
    """What is reached by it; the words of XERODIARY_GUARDED_OTHERWISE."""

    DATABASE = "database"
    MAIL = "mail"
    SMS = "sms"
    PROXY = "proxy"


@dataclass(frozen=True)
class Exposed:
    """A way that nothing in the settings guards. `seen`: how it is set up, without any password."""

    way: Way
    setting: str
    seen: str
    remedy: str


def require_guarded(settings: Settings) -> None:
    """Raises `SettingInvalid` for the first way to another machine that nothing guards."""
    for one in exposed(settings):
        if not is_guarded_otherwise(settings, one.way):
            raise SettingInvalid(
                Code.SETTING_INVALID,
                f"{one.setting}: the way to another machine is not safe ({one.seen}).",
                f"{one.remedy} Where something else guards the way, such as a tunnel, set "
                f"XERODIARY_GUARDED_OTHERWISE={one.way}.",
            )


def is_guarded_otherwise(settings: Settings, way: Way) -> bool:
    """Whether whoever runs the server says so."""
    return way.value in settings.guarded_otherwise.split(",")


def exposed(settings: Settings) -> Iterator[Exposed]:
    """Every such way, said to be guarded otherwise or not."""
    owner = settings.database_owner_url.get_secret_value() if settings.database_owner_url else ""
    for setting, address in (("DATABASE_URL", settings.database_url), ("DATABASE_OWNER_URL", owner)):
        seen = way_to_database(address, os.environ) if address else None
        if seen is not None:
            remedy = f"Add ?sslmode={VERIFIED}&sslrootcert=system to it, or name the file of the authority there."
            yield Exposed(Way.DATABASE, f"XERODIARY_{setting}", seen, remedy)
    if settings.smtp_host and settings.smtp_security == "none" and not is_here(settings.smtp_host):
        yield Exposed(Way.MAIL, "XERODIARY_SMTP_SECURITY", "none", "Set it to starttls or tls.")
    gateway = urlsplit(settings.sms_url.get_secret_value()) if settings.sms_url else None
    # Where no host is read, Apprise may still find one.
    if gateway and gateway.scheme in IN_THE_CLEAR and not (gateway.hostname and is_here(gateway.hostname)):
        seen = f"{gateway.scheme}://"
        yield Exposed(Way.SMS, "XERODIARY_SMS_URL", seen, f"Begin it with {gateway.scheme}s://, which is encrypted.")
    named = settings.proxy_addresses
    # In a container whoever reaches the port is the proxy, and the port is published on loopback alone.
    if settings.trusted_proxies and named != ANYBODY and not all(one.is_loopback for one in networks(named)):
        yield Exposed(Way.PROXY, "XERODIARY_PROXY_ADDRESSES", named, "Let the proxy run on this machine.")


def way_to_database(address: str, around: Mapping[str, str]) -> str | None:
    """How another machine would be reached without being sure of it; None where all is well. `around`: environment.

    What the address does not say PostgreSQL's client takes from variables of its own.
    """
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return None
    mode = _said(url, "sslmode") or around.get("PGSSLMODE") or "prefer"
    if mode == VERIFIED or _leads_here(url, around):
        return None
    return f"sslmode={mode}"


def is_here(host: str) -> bool:
    """Whether it is this machine: a socket, or a loopback address."""
    if host in ("", "localhost") or host.startswith(("/", "@")):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _leads_here(url: URL, around: Mapping[str, str]) -> bool:
    """A service file may name any host, so it counts as another machine."""
    if _said(url, "service") or around.get("PGSERVICE"):
        return False
    host = url.host or _said(url, "host") or around.get("PGHOST", "")
    # Where both are known the client goes to the address and only compares the certificate with the name.
    named = [host, url.host or "", _said(url, "host"), _said(url, "hostaddr") or around.get("PGHOSTADDR", "")]
    return all(is_here(_without_port(host)) for name in named for host in name.split(","))


def _said(url: URL, name: str) -> str:
    """A word of the address's query; several of one name with commas between."""
    found = url.query.get(name, "")
    return found if isinstance(found, str) else ",".join(found)


def _without_port(host: str) -> str:
    """Of several hosts each may bring its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host
