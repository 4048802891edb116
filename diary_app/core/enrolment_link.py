"""Enrolment links: `https://SERVER/app/#enrol=CODE`. Natively the link is how a phone learns where its server is."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

MARK = "enrol="
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that plain http is good enough for: nothing leaves the machine."""


@dataclass(frozen=True)
class EnrolmentLink:
    """The address of the server, and the code as it was written."""

    server: str
    code: str


def read_link(typed: str) -> EnrolmentLink | None:
    """The parts of a link; None for anything else, and for an address that answers would reach in the clear."""
    try:
        link = urlsplit(typed.strip())
        host, port = link.hostname, link.port
    except ValueError:
        return None
    safe = link.scheme == "https" or (link.scheme == "http" and host in LOOPBACK)
    if not safe or not host or link.username or not link.fragment.startswith(MARK):
        return None
    name = f"[{host}]" if ":" in host else host
    address = f"{link.scheme}://{name}" + (f":{port}" if port else "")
    return EnrolmentLink(address, unquote(link.fragment.removeprefix(MARK)))
