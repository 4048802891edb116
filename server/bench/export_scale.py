"""How a bundle grows with the study: its speed and memory for some participants, four and sixteen times as many.

One participant lives through the days with the real code; the others are made like that one, with every id and hash
their own. The floor of the speed of a bundle is copying the finished files, that of one format alone writing the same
rows again from memory in one process; that of memory is a process that has only opened the study.
"""

import shutil
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from diary_app.core.environment import SystemEnvironment
from server.bench.databases import Place, settle_in
from server.bench.exporting import VALUES_A_DAY, begun_early, live, written_again
from server.bench.figures import Figure, beside
from server.bench.made_apart import Seconds, Spent, made_apart, opened_apart
from server.export.folders import FOLDERS
from server.export.formats import EVERYTHING, Format
from server.simulate.crowd import multiply
from server.simulate.environment import SimulatedEnvironment

TIMES = (1, 4, 16)
#: So much of a file is written again for the floor; a large one would not find room in memory as rows.
_SAMPLE = 16 << 20


def scaled(place: Place, people: int, length: int, formats: frozenset[Format] = EVERYTHING) -> list[Figure]:
    """Item values a second from the cut to the last hash, MiB of the process; a format that is alone by itself, too."""
    place = begun_early(place)
    stage(place, people, length)
    values, settings = people * length * VALUES_A_DAY, place.settings
    idle, made = opened_apart(settings), made_apart(settings, formats)
    bundle = settings.var_folder / "bundle"
    copying = _copied(bundle)
    named = "whole bundle" if formats == EVERYTHING else f"bundle of {', '.join(sorted(formats))}"
    found = [
        beside(f"{named}, {people} x {length} days", "item values/s", [values / made.whole.wall],
               [values / copying.wall]),
        beside("the same by processor time", "item values/s", [values / made.whole.processor],
               [values / copying.processor]),
        beside(f"memory of it, {values} values", "MiB", [made.mebibytes], [idle]),
    ]  # fmt: skip
    if made.helpers:
        found.append(beside("each process that helps", "MiB", [made.of_a_helper], [idle]))
    if len(formats) == 1:
        found += _alone(bundle, next(iter(formats)), made, values, f"{people} x {length} days")
    shutil.rmtree(bundle)
    return [figure.on(place.name) for figure in found]


def stage(place: Place, people: int, length: int) -> None:
    """Everybody has lived through the same evenings."""
    (first,) = live(place, 1, length)
    with place.opened(SimulatedEnvironment(SystemEnvironment().now() + timedelta(minutes=30))) as services:
        multiply(services, first, people)
        settle_in(services)


def _alone(bundle: Path, format: Format, made: Spent, values: int, size: str) -> list[Figure]:
    """Reading the cut and writing one format, with as many processes as a bundle takes."""
    files = [file for name, (of, _) in FOLDERS.items() if of is format for file in (bundle / name).iterdir()]
    wall, processor = (
        values / sum(written_again(file, _SAMPLE, clock) for file in files)
        for clock in (time.perf_counter, time.process_time)
    )
    by = f"{size}, {max(1, made.helpers)} at it"
    return [
        beside(f"{format}, {by}", "item values/s", [values / made.writing.wall], [wall]),
        beside(f"{format} by processor time, {by}", "item values/s", [values / made.writing.processor], [processor]),
    ]


def _copied(bundle: Path) -> Seconds:
    """For copying every file of the bundle, one after the other."""
    with tempfile.TemporaryDirectory(dir=bundle.parent) as folder:
        began, used = time.perf_counter(), time.process_time()
        for file in bundle.rglob("*"):
            if file.is_file():
                shutil.copyfile(file, Path(folder) / "copy")
        return Seconds(time.perf_counter() - began, time.process_time() - used)
