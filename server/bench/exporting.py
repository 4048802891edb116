"""How fast a cut is taken and each format is written, and how much memory a whole bundle needs.

Participants live through the days with the real code: every record is made by a phone and taken in by the server. The
floor of the cut is copying the same rows of records plainly; that of a format is writing again what it wrote, already
in memory, through the library that any program would use; that of memory is a process that has only opened the study.
"""

import csv
import io
import json
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as ET

from diary_app.core.environment import SystemEnvironment
from diary_app.core.facts import AnchorSet
from diary_app.core.windows import DiaryDay
from diary_app.core.wire import SyncRequest
from server.bench.databases import Place, settle_in
from server.bench.figures import Figure, beside
from server.bench.ingest import ANSWERS as EVENING
from server.bench.ingest import last_evenings
from server.bench.made_apart import made_apart, opened_apart
from server.db.export_rows import participants_in_order
from server.export.content import About, CutKind, Part
from server.export.cuts import cut_of
from server.export.cutting import newest_moment
from server.export.folders import FOLDERS
from server.export.formats import EVERYTHING, Format
from server.export.participant import ExportedParticipant
from server.export.reading import CutReader, instruments_in_use
from server.export.replica import Replica, replica
from server.export.tally import ANSWERS, SKIPS
from server.intake import arrivals
from server.intake.staff import append_fact
from server.intake.sync import sync
from server.live_study import read_study
from server.services import Services
from server.simulate.crowd import crowd
from server.simulate.environment import SimulatedEnvironment
from server.simulate.light_phone import LightPhone
from server.simulate.transfer import fit_for_dummies

PEOPLE, DAYS = 100, 180
VALUES_A_DAY = 6
_A_PUSH = 60
_ROUNDS = 2
_CHOICE = "DMD06"


def exporting(
    place: Place, people: int = PEOPLE, length: int = DAYS, formats: frozenset[Format] = EVERYTHING
) -> list[Figure]:
    """Item values a second of the cut and of each format, and MiB of a process that makes a bundle of them."""
    place = begun_early(place)
    live(place, people, length)
    world = SimulatedEnvironment(SystemEnvironment().now() + timedelta(hours=1))
    found = []
    with place.opened(world) as services:
        at = newest_moment(world.now())
        began = time.perf_counter()
        with replica(services, at) as known:
            taken = time.perf_counter() - began
            about = _about(known, at)
            values = people * length * VALUES_A_DAY
            floor = _copied(services, known)
            found.append(
                beside(f"cut of {people} x {length} days", "item values/s", [values / taken], [values / floor])
            )
            found += [
                beside(
                    f"{name} in one process, {people} x {length} days", "item values/s",
                    *_rates(known, about, name, place.folder),
                )
                for name, (of, _) in FOLDERS.items()
                if name != "reference" and (of in formats or formats == EVERYTHING)
            ]  # fmt: skip
    found.append(_memory(place, formats))
    return [figure.on(place.name) for figure in found]


def begun_early(place: Place) -> Place:
    """The same with a study whose day zero is before all evenings that a bench lives through."""
    study = place.folder / "study.toml"
    study.write_text(fit_for_dummies(read_study(place.settings), SystemEnvironment().now()), encoding="utf-8")
    return replace(place, study_file=study)


def live(place: Place, people: int, length: int) -> list[LightPhone]:
    """Everybody fills in every evening, in the server's own way, in pushes of some weeks."""
    now = SystemEnvironment().now()
    world = SimulatedEnvironment(now - timedelta(days=length + 1), seed=place.url)
    with place.opened(world) as services:
        phones = crowd(services, world, people, now)
        shown = last_evenings(services, phones[0].participant, length, now)
        for phone in phones:
            for start in range(0, len(shown), _A_PUSH):
                for one in shown[start : start + _A_PUSH]:
                    _fill_in(phone, one)
                _push(services, phone)
            _treat(services, phone.participant, shown, now)
        settle_in(services)
    return phones


def _fill_in(phone: LightPhone, shown: DiaryDay) -> None:
    """With other answers, at another minute than the evening before: nothing is quick because it repeats."""
    environment = SystemEnvironment()
    mixed = environment.random_bytes(len(EVENING) + 2)
    answers = {code: one % (5 if code == _CHOICE else 11) for code, one in zip(EVENING, mixed, strict=False)}
    after = timedelta(milliseconds=int.from_bytes(mixed[-2:]) * 100)
    phone.fill_in(shown, answers, environment.new_id(), shown.opens + after)


def _treat(services: Services, participant: str, evenings: Sequence[DiaryDay], now: datetime) -> None:
    """Every treatment of the study was given, the last one so late that no evening is after the end of the diary."""
    anchors = services.study.anchors
    for number, anchor in enumerate(anchors, 1):
        day = evenings[(len(evenings) - 1) * number // len(anchors)].day
        given = AnchorSet(anchor=anchor.id, planned=day, actual=day)
        add = partial(append_fact, services=services, participant=participant, detail=given, author="bench", at=now)
        services.writer.run(participant, add)


def _push(services: Services, phone: LightPhone) -> None:
    now = services.environment.now()
    request = SyncRequest.model_validate_json(phone.request(now))
    arrived = arrivals.read(request.records, services.sealing.open)
    phone.hear(
        services.writer.run(phone.participant, lambda it: sync(it, services, phone.participant, request, arrived, now))
    )


def _about(known: Replica, at: datetime) -> About:
    cut = cut_of(known, CutKind.FINAL, at)
    study = known.services.study
    return About(study, known.services.versions, tuple(instruments_in_use(known.connection, study)), cut, "bench")


def _copied(services: Services, known: Replica) -> float:
    """Seconds for inserting the same records into a plain table."""
    rows = known.connection.exec_driver_sql("SELECT * FROM record").all()
    marks = ",".join("?" * len(rows[0]))
    names = ",".join(f"c{number}" for number in range(len(rows[0])))
    with sqlite3.connect(services.settings.var_folder / "floor.sqlite") as plain:
        plain.execute(f"CREATE TABLE record ({names})")
        began = time.perf_counter()
        plain.executemany(f"INSERT INTO record VALUES ({marks})", [tuple(row) for row in rows])  # noqa: S608
        plain.commit()
    return time.perf_counter() - began


def _rates(known: Replica, about: About, name: str, folder: Path) -> tuple[list[float], list[float]]:
    """Item values a second of the format, and of writing the same files again."""
    ours, floors = [], []
    for number in range(_ROUNDS):
        out = folder / f"{name}-{number}"
        out.mkdir()
        began = time.perf_counter()
        part = FOLDERS[name][1](out, about)
        values = _handed_over(known, about, part)
        said: Counter[str] = part.finish()
        ours.append(values / (time.perf_counter() - began))
        if said[ANSWERS] + said[SKIPS] not in (0, values):
            raise RuntimeError(f"{name} wrote {said[ANSWERS] + said[SKIPS]} values of {values}")
        floors.append(values / sum(written_again(file) for file in out.iterdir()))
        shutil.rmtree(out)
    return ours, floors


def _handed_over(known: Replica, about: About, part: Part) -> int:
    """Everybody, as an export hands them over; how many item values that were."""
    found = Counter[str]()

    def add(person: ExportedParticipant) -> None:
        part.add(person)
        found["values"] += sum(len(entry.version.body.answers) for entry in person.entries)

    reader = CutReader(known.connection, about.study, about.cut.at)
    reader.hand(participants_in_order(known.connection), add)
    return found["values"]


def written_again(file: Path, sample: int | None = None, clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds for writing what the file holds from memory; by its first bytes, so many, where it is larger."""
    size = file.stat().st_size
    if file.suffix == ".xml":
        sample = None  # a part of it is no document
    with file.open("rb") as opened:
        data = opened.read(sample)
    if len(data) < size:
        data = data[: data.rindex(b"\n") + 1]
    return _written(file, data, clock) * size / max(1, len(data))


def _written(file: Path, data: bytes, clock: Callable[[], float]) -> float:
    text = data.decode("utf-8", errors="replace")
    out = io.StringIO()
    write: Callable[[], object]
    if file.suffix == ".csv":
        rows = list(csv.reader(io.StringIO(text)))
        write = lambda: csv.writer(out).writerows(rows)  # noqa: E731
    elif file.suffix == ".ndjson":
        lines = [json.loads(line) for line in text.splitlines()]
        write = lambda: out.writelines(_dumped(lines))  # noqa: E731
    elif file.suffix == ".xml":
        tree = ET.fromstring(text)  # noqa: S314 - our own file
        write = lambda: ET.tostring(tree, "unicode")  # noqa: E731
    else:
        write = lambda: io.BytesIO().write(text.encode())  # noqa: E731
    began = clock()
    write()
    return clock() - began


def _dumped(rows: Sequence[object]) -> Iterator[str]:
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    return (encode(row) for row in rows)


def _memory(place: Place, formats: frozenset[Format]) -> Figure:
    idle, made = opened_apart(place.settings), made_apart(place.settings, formats)
    what = "a whole bundle" if formats == EVERYTHING else f"a bundle of {', '.join(sorted(formats))}"
    return beside(f"memory of {what}", "MiB", [made.mebibytes], [idle])
