"""Everybody returns at once after an outage: more than can wait is refused with a moment to come back, nothing is lost.

Every phone has a connection of its own, as phones do; it sends the same bytes again after the seconds it was told, with
a jitter, until it holds a receipt.
"""

import asyncio
import random
import resource
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from server.bench.databases import Place
from server.bench.figures import Figure, beside
from server.bench.ingest import CONNECTIONS, OK, crowd_that_holds, plain_request, require_stored
from server.bench.load import BROKEN, Answered, ask, percentile, send_all
from server.bench.processes import running, served

BUSY = 503
HELD_OPEN = 200


@dataclass
class Returned:
    """What all phones met: how often each HTTP status came, and the answers that counted."""

    statuses: Counter[int] = field(default_factory=Counter)
    answers: list[Answered] = field(default_factory=list)
    without_a_moment: int = 0


def returning_at_once(place: Place, phones: int) -> list[Figure]:
    """How many are in a second when all start in the same one, beside as many that come 32 at a time."""
    everybody = crowd_that_holds(place, phones + phones // 4, evenings=1)
    requests = [plain_request(phone) for phone in everybody]
    _allow_connections(phones)
    with running(served(place.url, place.folder)) as server:
        calm = send_all([server.port], requests[phones:], CONNECTIONS)
        began = time.perf_counter()
        met = asyncio.run(return_together(server.port, requests[:phones]))
        seconds = time.perf_counter() - began
    require_stored(place, everybody, [*met.answers, *calm.answers])
    waits = [one.seconds for one in met.answers]
    return [
        beside(f"{phones} phones at once, stored", "/s", [phones / seconds], [calm.per_second]).on(place.name),
        beside("until its receipt, p99", "s", [percentile(waits, 0.99)], [seconds]).on(place.name),
        beside("refused for now, beside stored", "", [met.statuses[BUSY]], [met.statuses[OK]]).on(place.name),
        beside("other answers than 200 and 503", "", [_others(met)], [1]).on(place.name),
    ]


async def return_together(port: int, requests: Sequence[bytes]) -> Returned:
    """Every request from a connection of its own, all at once, again until it is answered with 200."""
    met = Returned()
    await asyncio.gather(*(_one_phone(port, request, met) for request in requests))
    return met


async def _one_phone(port: int, request: bytes, met: Returned) -> None:
    began = time.perf_counter()
    while True:
        status, body, retry_after = await ask(port, request)
        met.statuses[status] += 1
        if status == OK:
            met.answers.append(Answered(status, body, time.perf_counter() - began))
            return
        met.without_a_moment += status == BUSY and retry_after is None
        await asyncio.sleep((retry_after or 1) * random.uniform(0.5, 1.5))  # noqa: S311 - jitter


def _others(met: Returned) -> int:
    return sum(count for status, count in met.statuses.items() if status not in (OK, BUSY, BROKEN))


def _allow_connections(phones: int) -> None:
    """Both ends of every connection are files of a process."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = phones + HELD_OPEN
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))
