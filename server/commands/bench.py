"""`xerodiary bench`: how fast and how large things are, each figure beside its floor."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Protocol

import typer

from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import Code, CommandRefused
from server.bench import export_scale, exporting, ingest, outage, pages, reminders, report, server, sweeping, web
from server.bench.all import Extent, measure_all
from server.bench.databases import POSTGRESQL, SQLITE, Place, empty_place, server_for
from server.bench.figures import Figure, as_json, as_lines
from server.commands.surroundings import say
from server.export.formats import EVERYTHING, Format

BUILDS = Path("build/bench")
PAGE, PICTURE = Path("docs/performance.md"), Path("docs/performance.svg")
BOTH = "both"
YEAR_PROGRAM = Path(__file__).parents[1] / "simulate" / "year_in_browser.py"

#: One benchmark on an empty database.
Part = Callable[[Place], list[Figure]]
AsJson = Annotated[bool, typer.Option("--json", help="Print a list of objects.")]
Databases = Annotated[
    list[str],
    typer.Option(
        "--database",
        default_factory=lambda: [SQLITE],
        help=f"{SQLITE}, {POSTGRESQL} (one that comes along), or the address of a PostgreSQL server where a database "
        "may be made and dropped. Give it twice to measure on both.",
    ),
]
Sizes = Annotated[
    list[int],
    typer.Option(min=10, default_factory=lambda: list(sweeping.SIZES), help="How many; give it again for more sizes."),
]


class Builder(Protocol):
    """Builds a web app into a folder; the diary itself, the diary with another main module, or that module alone."""

    def __call__(self, out: Path, *, main: bytes | None = None, alone: bool = False) -> web.Built:
        """See `diary_app.web.builder.build`. Raises `CommandRefused`."""
        ...


def bench_web(build: Builder, *, runs: int, as_json_list: bool) -> None:
    """Build what is measured, measure it, print it."""
    figures = web_figures(build, runs)
    say(as_json(figures) if as_json_list else as_lines(figures))


def web_figures(build: Builder, runs: int) -> list[Figure]:
    """Build what is measured, and measure it. Raises `CommandRefused` where a tool is missing."""
    apps = web.Apps(
        hello=build(BUILDS / "hello", main=web.HELLO, alone=True),
        diary=build(BUILDS / "diary"),
        year=build(BUILDS / "year", main=YEAR_PROGRAM.read_bytes()),
    )
    return web.measure(apps, runs)


@dataclass(frozen=True)
class Wish:
    """What was typed. `save`: for `xerodiary bench report`."""

    scales: tuple[int, ...]
    databases: tuple[str, ...]
    runs: int
    tiny: bool
    web: bool
    as_json_list: bool
    save: Path | None
    plot: Path | None


def bench_all(wish: Wish, build: Builder) -> None:
    """Measure everything, print it, and keep it where asked."""
    extent = Extent(wish.scales, wish.databases, wish.runs, wish.tiny)
    browser = partial(web_figures, build, wish.runs) if wish.web else None
    found = measure_all(extent, browser, lambda line: typer.echo(line, err=True))
    say(as_json(found.figures) if wish.as_json_list else as_lines(found.figures))
    if wish.save is not None:
        report.save(report.run_of(found.figures, SystemEnvironment(), found.not_measured), wish.save)
    if wish.plot is not None:
        _draw(found.figures, wish.plot)
    if found.not_measured:
        raise CommandRefused(
            Code.TOOL_MISSING, f"{len(found.not_measured)} parts were not measured.", "See what is said of each above."
        )


def databases_named(names: Sequence[str]) -> tuple[str, ...]:
    """`both` is either of the two that come along; an address stays one."""
    return tuple(one for name in names for one in ((SQLITE, POSTGRESQL) if name == BOTH else (name,)))


def bench_report(
    run: Annotated[Path, typer.Argument(help="What `xerodiary bench all --save` wrote.")],
    out: Annotated[Path, typer.Option(help="The page.")] = PAGE,
    plot: Annotated[Path, typer.Option(help="The picture, best in the same folder.")] = PICTURE,
) -> None:
    """Write the page of figures from a run: targets, reached or missed and what bounds them, and the picture."""
    kept = report.load(run)
    _draw(kept.figures, plot)
    beside = os.path.relpath(plot, out.parent)
    out.write_text(report.page(kept, beside), encoding="utf-8")
    say(f"{out} and {plot} are written.")


def _draw(figures: Sequence[Figure], file: Path) -> None:
    from server.bench.plot import picture  # noqa: PLC0415 - no other command draws

    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(picture(figures))


def bench_ingest(
    database: Databases,
    as_json_list: AsJson = False,
    phones: Annotated[int, typer.Option(min=64, help="Phones of one evening.")] = ingest.EVENING_PHONES,
    processes: Annotated[
        int, typer.Option(min=1, help="Server processes on one PostgreSQL; more than one: measure the evening alone.")
    ] = 1,
    after_outage: Annotated[
        int, typer.Option("--outage", min=0, help="Instead: so many phones that return at once after an outage.")
    ] = 0,
) -> None:
    """Measure how fast the server takes phones in, beside a server that only validates and a loop that only inserts."""
    parts: list[Part] = [partial(ingest.evening, phones=phones), ingest.returning]
    if processes > 1:
        _check_several(database)
        parts = [partial(ingest.evening, phones=phones, processes=processes)]
    if after_outage:
        parts = [partial(outage.returning_at_once, phones=after_outage)]
    _say(_measured(database, parts), as_json_list=as_json_list)


def _check_several(wishes: Sequence[str]) -> None:
    if SQLITE in wishes:
        raise CommandRefused(
            Code.SETTING_INVALID, "One process at a time serves a SQLite file.", f"Add --database {POSTGRESQL}."
        )


def bench_sweep(
    database: Databases,
    participants: Sizes,
    as_json_list: AsJson = False,
) -> None:
    """Measure looking for due days, and grading those that are due, beside plain SQL on the same rows."""
    parts: list[Part] = [partial(sweeping.looking, size=size) for size in participants]
    _say(_measured(database, parts), as_json_list=as_json_list)


def bench_console(
    database: Databases,
    participants: Annotated[
        int, typer.Option(min=10, help="How many the call list is made of.")
    ] = pages.CALL_LIST_PEOPLE,
    as_json_list: AsJson = False,
) -> None:
    """Measure how long pages of the console take and what they weigh, beside one plain statement over the same rows."""
    parts: list[Part] = [pages.overview, partial(pages.call_list, people=participants)]
    _say(_measured(database, parts), as_json_list=as_json_list)


def bench_export(
    database: Databases,
    times: Annotated[
        list[int],
        typer.Option(
            min=1, default_factory=lambda: list(export_scale.TIMES), help="With --scale: these times as many instead."
        ),
    ],
    participants: Annotated[int, typer.Option(min=2, help="How many there are.")] = exporting.PEOPLE,
    days: Annotated[int, typer.Option(min=2, max=390, help="How many evenings each has filled in.")] = exporting.DAYS,
    scale: Annotated[
        bool, typer.Option("--scale", help="Instead: whole bundles of so many, four and sixteen times as many.")
    ] = False,
    only: Annotated[
        list[Format] | None,
        typer.Option(help="Of this format alone; give it again for more. With --scale and one: its own speed as well."),
    ] = None,
    as_json_list: AsJson = False,
) -> None:
    """Measure taking a cut and writing each format, and the memory of a whole bundle, each beside its floor."""
    formats = frozenset(only) if only else EVERYTHING
    parts: list[Part] = [partial(exporting.exporting, people=participants, length=days, formats=formats)]
    if scale:
        parts = [partial(export_scale.scaled, people=participants * one, length=days, formats=formats) for one in times]
    _say(_measured(database, parts), as_json_list=as_json_list)


def _measured(wishes: Sequence[str], parts: Sequence[Part]) -> Iterator[Figure]:
    """Every part on an empty database of its own."""
    for wish in wishes:
        with server_for(wish, BUILDS) as server:
            for part in parts:
                with empty_place(server, BUILDS) as place:
                    yield from part(place)


def _say(figures: Iterator[Figure], *, as_json_list: bool) -> None:
    """Lines as they come: a large one takes a night."""
    if as_json_list:
        say(as_json(list(figures)))
        return
    for figure in figures:
        say(as_lines([figure]))


def bench_server(
    as_json_list: AsJson = False,
    runs: Annotated[int, typer.Option(min=1, help="Starts of each.")] = 3,
) -> None:
    """Measure start and idle memory of the server beside a bare FastAPI app."""
    figures = server.measure(runs)
    say(as_json(figures) if as_json_list else as_lines(figures))


def bench_reminders(count: int, *, runs: int, database: str | None, as_json_list: bool) -> None:
    """Send, measure, print."""
    figures = reminders.measure(reminders.Wish(count, runs, database))
    say(as_json(figures) if as_json_list else as_lines(figures))
