"""Every benchmark one after the other, each on an empty database, from small to large; what cannot be measured is said.

Sizes follow a scale of 1,000 to 100,000 participants where that means something: the sweep, the call list, and up to
10,000 a whole bundle. An evening of phones, the overview and each format are of one size that DESIGN.md names.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from httpx import HTTPError
from sqlalchemy.exc import SQLAlchemyError

from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import XerodiaryError
from server.bench import export_scale, exporting, ingest, pages, reminders, server, sweeping
from server.bench.databases import NAMES, POSTGRESQL, SQLITE, Place, empty_place, server_for
from server.bench.figures import Figure
from server.export.formats import Format

BUILDS = Path("build/bench")
SCALES = (1_000, 10_000, 100_000)
#: A bundle of more is a matter of hours, not of another figure.
LARGEST_BUNDLE, BUNDLE_DAYS = 10_000, 10
SHORTEST = 10
#: So many that starting processes is not what is measured.
CSV_PEOPLE = 1_000
#: The shortest span that the overview shows.
FOUR_WEEKS = 28

_TROUBLE = (
    XerodiaryError, SQLAlchemyError, HTTPError, OSError, RuntimeError, AssertionError, LookupError, ValueError,
)  # fmt: skip

Part = Callable[[Place], list[Figure]]
Measured = Callable[[], list[Figure]]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Extent:
    """How much of everything. `tiny`: hardly anything, to see that it runs; its figures mean nothing."""

    scales: tuple[int, ...] = SCALES
    databases: tuple[str, ...] = (SQLITE, POSTGRESQL)
    runs: int = 3
    tiny: bool = False


@dataclass
class Everything:
    """What was measured, and what could not be with the reason."""

    figures: list[Figure] = field(default_factory=list)
    not_measured: list[str] = field(default_factory=list)


def measure_all(extent: Extent, web: Measured | None, progress: Progress, builds: Path = BUILDS) -> Everything:
    """Measure; a part that fails is noted, and the others go on. `web`: the browser's part, None to leave it out."""
    found = Everything()
    clock = SystemEnvironment()
    for title, part in _parts(extent, web, builds):
        progress(f"{title} ...")
        began = clock.monotonic()
        try:
            found.figures += part()
        except _TROUBLE as error:  # a part that cannot run must not cost the others
            said = error.message if isinstance(error, XerodiaryError) else f"{type(error).__name__}: {error}"
            found.not_measured.append(f"{title}: {said}")
            progress(f"{title}: not measured: {said}")
        else:
            progress(f"{title}: {clock.monotonic() - began:.0f} s")
    return found


def _parts(extent: Extent, web: Measured | None, builds: Path) -> Iterator[tuple[str, Measured]]:
    yield "server", partial(server.measure, extent.runs)
    for database in extent.databases:
        for title, part in _on_a_database(extent):
            yield f"{title}, {NAMES.get(database, database)}", partial(_placed, database, part, builds)
        wish = reminders.Wish(SHORTEST if extent.tiny else 999, extent.runs)
        yield f"reminders, {NAMES.get(database, database)}", partial(_reminders, database, wish, builds)
    if web is not None:
        yield "web", web


def _on_a_database(extent: Extent) -> Sequence[tuple[str, Part]]:
    tiny, scales = extent.tiny, extent.scales
    bundles = [scale for scale in scales if scale <= LARGEST_BUNDLE]
    return [
        ("evening of phones", partial(ingest.evening, phones=8 if tiny else ingest.EVENING_PHONES)),
        ("returning phones", partial(ingest.returning, phones=4 if tiny else ingest.RETURNING_PHONES)),
        *((f"sweep, {scale}", partial(sweeping.looking, size=scale, batches=1 if tiny else sweeping.BATCHES))
          for scale in scales),
        ("overview", partial(pages.overview, people=4, length=FOUR_WEEKS, rounds=2) if tiny else pages.overview),
        *((f"call list, {scale}", partial(pages.call_list, people=scale, rounds=2 if tiny else pages.ROUNDS))
          for scale in scales),
        ("export", partial(exporting.exporting, people=2, length=2) if tiny else exporting.exporting),
        *((f"bundle, {scale}", partial(export_scale.scaled, people=scale, length=2 if tiny else BUNDLE_DAYS))
          for scale in bundles),
        ("csv", partial(export_scale.scaled, people=2 if tiny else CSV_PEOPLE, length=2 if tiny else exporting.DAYS,
                        formats=frozenset({Format.CSV}))),
    ]  # fmt: skip


def _placed(database: str, part: Part, builds: Path) -> list[Figure]:
    with server_for(database, builds) as address, empty_place(address, builds) as place:
        return part(place)


def _reminders(database: str, wish: reminders.Wish, builds: Path) -> list[Figure]:
    with server_for(database, builds) as address, empty_place(address, builds) as place:
        figures = reminders.measure(reminders.Wish(wish.reminders, wish.runs, place.url))
        return [one.on(place.name) for one in figures]
