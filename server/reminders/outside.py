"""Connections that lead to the internet and never into the house: the address that was reached counts, not the name.

A name may lead to another address at each look-up, so looking once and connecting later would not do.
"""

import ipaddress
import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import NewConnectionError

#: This very machine, when the settings name it: a test is all it can be.
LOOPBACK = frozenset({"127.0.0.1", "localhost"})
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
#: Old or local ways of writing an address of IPv4, and addresses of a site.
_OF_THE_HOUSE = tuple(ipaddress.ip_network(one) for one in ("::/96", "64:ff9b:1::/48", "fec0::/10"))


def is_outside(address: str) -> bool:
    """Whether an address of IPv4 or IPv6 is one machine on the internet, also where it wraps one of IPv4."""
    known = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(known, ipaddress.IPv6Address) and (inner := _within(known)) is not None:
        known = inner
    if any(known in network for network in _OF_THE_HOUSE):
        return False
    return known.is_global and not known.is_multicast


def _within(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


class _Connection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        """Nothing is said to a machine of the house, not even the beginning of TLS."""
        connected = super()._new_conn()
        if self.host not in LOOPBACK and not is_outside(connected.getpeername()[0]):
            connected.close()
            raise NewConnectionError(self, "the name leads into the house")
        return connected


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _Connection


class OutsideAdapter(HTTPAdapter):
    """For https; a machine of the house looks like one that cannot be reached."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """As the base class, with connections that look where they have arrived."""
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": HTTPConnectionPool, "https": _Pool}
