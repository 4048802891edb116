"""How a whole bundle grows with the study: its speed and memory for some participants, four and sixteen times as many.

One participant lives through the days with the real code; the others are made like that one, with every id and hash
their own. The floor of the speed is copying the files of the finished bundle; that of memory is a process that has only
opened the study.
"""

import shutil
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from diary_app.core.environment import SystemEnvironment
from server.bench.databases import Place, settle_in
from server.bench.exporting import VALUES_A_DAY, Spent, begun_early, live, made_apart
from server.bench.figures import Figure, beside
from server.simulate.crowd import multiply
from server.simulate.environment import SimulatedEnvironment

TIMES = (1, 4, 16)


def scaled(place: Place, people: int, length: int) -> list[Figure]:
    """Item values a second of the whole bundle, from the cut to the last hash, and MiB of the process that makes it."""
    place = begun_early(place)
    stage(place, people, length)
    values, settings = people * length * VALUES_A_DAY, place.settings
    idle, made = made_apart(settings, makes=False), made_apart(settings, makes=True)
    bundle = settings.var_folder / "bundle"
    copying = _copied(bundle)
    shutil.rmtree(bundle)
    of = f"whole bundle, {people} x {length} days"
    return [
        beside(of, "item values/s", [values / made.seconds], [values / copying.seconds]).on(place.name),
        beside(
            "the same by processor time", "item values/s", [values / made.processor], [values / copying.processor]
        ).on(place.name),
        beside(f"memory of it, {values} values", "MiB", [made.mebibytes], [idle.mebibytes]).on(place.name),
    ]


def stage(place: Place, people: int, length: int) -> None:
    """Everybody has lived through the same evenings."""
    (first,) = live(place, 1, length)
    with place.opened(SimulatedEnvironment(SystemEnvironment().now() + timedelta(minutes=30))) as services:
        multiply(services, first, people)
        settle_in(services)


def _copied(bundle: Path) -> Spent:
    """For copying every file of the bundle, one after the other."""
    with tempfile.TemporaryDirectory(dir=bundle.parent) as folder:
        began, used = time.perf_counter(), time.process_time()
        for file in bundle.rglob("*"):
            if file.is_file():
                shutil.copyfile(file, Path(folder) / "copy")
        return Spent(0, time.perf_counter() - began, time.process_time() - used)
