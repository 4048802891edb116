"""A bundle made in a process of its own, whose memory is nobody else's: what it took, and those that helped it."""

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import XerodiaryError
from server.export.bundle import make_bundle
from server.export.content import CutKind
from server.export.formats import Format
from server.export.wanted import Wanted
from server.services import open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment


@dataclass(frozen=True)
class Seconds:
    """By the clock on the wall; and of processors, those that helped included."""

    wall: float
    processor: float


@dataclass(frozen=True)
class Spent:
    """What a bundle took: `mebibytes` of the process at most, and of that of its helpers with the most.

    `whole`: from the cut to the last hash; `writing`: participants into the formats alone. Processes that help start
    before that, while the cut is taken; what their start takes of processors is in it all the same.
    """

    mebibytes: float
    helpers: int
    of_a_helper: float
    whole: Seconds
    writing: Seconds


def opened_apart(settings: Settings) -> float:
    """MiB of a process that has only opened the study."""
    with _apart() as pool:
        return pool.submit(_opened, settings).result()


def made_apart(settings: Settings, formats: frozenset[Format]) -> Spent:
    """Make the bundle into `bundle` in the var folder."""
    with _apart() as pool:
        return pool.submit(_made, settings, formats).result()


def _apart() -> ProcessPoolExecutor:
    """One process; it may start others."""
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def _opened(settings: Settings) -> float:
    open_services(settings, _later()).close()
    return _most("self")


@dataclass
class _Watch:
    """Looks at the clocks and at those that help whenever it is told of progress."""

    began: list[Seconds] = field(default_factory=list)
    ended: Seconds = Seconds(0, 0)
    helpers: dict[int, float] = field(default_factory=dict)

    def look(self, done: int, whole: int) -> None:
        """See `sharing.Progress`."""
        self.ended = _now()
        if not self.began:
            self.began.append(self.ended)
        for one in multiprocessing.active_children():
            try:
                self.helpers[one.pid or 0] = _most(str(one.pid))
            except OSError:
                continue  # it has just ended


def _made(settings: Settings, formats: frozenset[Format]) -> Spent:
    services, watch, began = open_services(settings, _later()), _Watch(), _now()
    try:
        make_bundle(
            services, settings.var_folder / "bundle", Wanted(CutKind.FINAL, formats=formats), author="bench",
            progress=watch.look,
        )  # fmt: skip
    except XerodiaryError as error:  # has no way back to the process that waits for it
        raise RuntimeError(str(error)) from None
    ended = _now()
    services.close()
    of_a_helper = max(watch.helpers.values(), default=0.0)
    writing = _between(watch.began[0], watch.ended)
    return Spent(_most("self"), len(watch.helpers), of_a_helper, _between(began, ended), writing)


def _later() -> SimulatedEnvironment:
    return SimulatedEnvironment(SystemEnvironment().now() + timedelta(hours=1))


def _now() -> Seconds:
    """Those who help are counted once they have ended."""
    used = os.times()
    processor = used.user + used.system + used.children_user + used.children_system
    return Seconds(time.perf_counter(), processor)


def _between(first: Seconds, last: Seconds) -> Seconds:
    return Seconds(last.wall - first.wall, last.processor - first.processor)


def _most(process: str) -> float:
    """MiB; `ru_maxrss` would begin with that of the process that started it."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next((line for line in lines if line.startswith("VmHWM")), "VmHWM 0 kB").split()[1]) / 1024
