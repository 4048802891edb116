"""Whose word about a client's address counts: that of our own proxies alone, which are known by their own addresses."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

#: In place of addresses: whoever reaches the port at all is a proxy of ours.
ANYBODY = "*"
Network = IPv4Network | IPv6Network


@lru_cache(maxsize=8)
def networks(named: str) -> tuple[Network, ...]:
    """Of a text such as `127.0.0.1,10.1.0.0/16`, or `*`. Raises ValueError."""
    if named.strip() == ANYBODY:
        return (ip_network("0.0.0.0/0"), ip_network("::/0"))
    return tuple(ip_network(one.strip()) for one in named.split(",") if one.strip())


def usable(named: str) -> str:
    """The text as it is, when it can be read. Raises ValueError saying how to write it."""
    try:
        networks(named)
    except ValueError as error:
        raise ValueError(
            f"write addresses or networks with commas between, such as 10.1.0.0/16, or {ANYBODY}"
        ) from error
    return named


def is_among(address: str, named: str) -> bool:
    """Whether an address is one of those; no text that is none is."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found  # a socket for both kinds tells of the older one in the newer's clothing
    return any(found in network for network in networks(named))


def client_address(peer: str, forwarded: Sequence[str], *, proxies: int, named: str) -> str:
    """Who asks: `peer`, or whom the proxies saw when it is one of ours. Each proxy adds to `forwarded` at its end.

    `proxies`: how many of ours a request passes; the first of them saw the client.
    """
    passed_on = [part.strip() for part in ",".join(forwarded).split(",") if part.strip()]
    if proxies and len(passed_on) >= proxies and is_among(peer, named):
        return passed_on[-proxies]
    return peer
