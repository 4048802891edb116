"""Asks the package index for known faults of everything that ships and of what builds it: `make advisories`.

Ends with 1 for a fault, and with 2 where the index did not answer for each package, as silence is no good news. It
needs nothing but Python. The index hears which versions are in use; an export of all advisories that is looked through
here tells nobody (scripts/dependency_review.py).
"""

import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

LOCKS = Path(__file__).parents[1] / "requirements"
ASKED_ABOUT = ("server.lock", "web.lock", "build.lock")
INDEX = "https://pypi.org/pypi/{name}/{version}/json"
#: Faults that somebody has looked into, each with why it does no harm here; taken out with the version that has it.
HARMLESS: Mapping[str, str] = MappingProxyType({})
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_TRIES, _SECONDS, _MOST_BYTES = 3, 30, 50_000_000
_FAULTY, _NOT_ASKED = 1, 2
_SERVERS_OWN = 500

#: Fetches an address. Raises `OSError` where nothing comes.
Fetch = Callable[[str], bytes]


@dataclass(frozen=True, order=True)
class Pin:
    """A package in the version that is locked."""

    name: str
    version: str


@dataclass(frozen=True)
class Fault:
    """`mended`: the versions that no longer have it, as the index names them."""

    id: str
    also: tuple[str, ...]
    mended: tuple[str, ...]


class NotAnswered(Exception):
    """The index said nothing about a package, or nothing that can be read."""


def pins(lock: str) -> set[Pin]:
    """Every package of a lock file."""
    text = (LOCKS / lock).read_text(encoding="utf-8")
    return {Pin(*found) for found in _PINNED.findall(text)}


def faults_of(pin: Pin, fetch: Fetch) -> list[Fault]:
    """What the index knows of it and has not taken back. Raises `NotAnswered`."""
    said = _asked(INDEX.format(name=pin.name, version=pin.version), fetch)
    try:
        told = [one for one in json.loads(said)["vulnerabilities"] if not one.get("withdrawn")]
        return [Fault(one["id"], tuple(one.get("aliases") or ()), tuple(one.get("fixed_in") or ())) for one in told]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotAnswered(f"an answer that cannot be read ({type(error).__name__})") from error


def _asked(address: str, fetch: Fetch) -> bytes:
    why = ""
    for _ in range(_TRIES):
        try:
            return fetch(address)
        except OSError as error:
            why = str(error) or type(error).__name__
            if isinstance(error, urllib.error.HTTPError) and error.code < _SERVERS_OWN:
                break  # asked again it would say the same
    raise NotAnswered(why)


def fetched(address: str) -> bytes:
    """See `Fetch`."""
    request = urllib.request.Request(address, headers={"accept": "application/json"})  # noqa: S310 - https, from above
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
        body: bytes = answer.read(_MOST_BYTES)
    return body


def told(wanted: Iterable[Pin], fetch: Fetch) -> Iterator[tuple[int, str]]:
    """A line for each package about which there is something to say, with what it makes of the run."""
    for pin in sorted(wanted):
        try:
            found = faults_of(pin, fetch)
        except NotAnswered as error:
            yield _NOT_ASKED, f"{pin.name} {pin.version}: NOT ANSWERED, {error}"
            continue
        for fault in found:
            names = ", ".join((fault.id, *fault.also))
            known = next((HARMLESS[name] for name in (fault.id, *fault.also) if name in HARMLESS), None)
            if known is not None:
                yield 0, f"{pin.name} {pin.version}: {names}: looked into, {known}"
            else:
                yield _FAULTY, f"{pin.name} {pin.version}: {names}; mended in {', '.join(fault.mended) or 'none yet'}"


def main(fetch: Fetch = fetched) -> int:
    """The command."""
    wanted = {pin for lock in ASKED_ABOUT for pin in pins(lock)}
    worst = {0}
    for weight, line in told(wanted, fetch):
        worst.add(weight)
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{len(wanted)} packages were asked about.\n")
    return _FAULTY if _FAULTY in worst else max(worst)  # what is known weighs more than what is not


if __name__ == "__main__":
    sys.exit(main())
