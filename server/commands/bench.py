"""`xerodiary bench`: how fast and how large things are, each figure beside its floor."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

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
BOTH = "both"
YEAR_PROGRAM = Path(__file__).parents[1] / "simulate" / "year_in_browser.py"

#: One benchmark on an empty database.
Part = Callable[[Place], list[Figure]]


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


def bench_report(run: Path, out: Path, plot: Path) -> None:
    """Write the page of figures from a run, and the picture."""
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
    databases: Sequence[str], *, phones: int | None, processes: int, after_outage: int, as_json_list: bool
) -> None:
    """Measure, print. `after_outage`: instead, so many phones that return at once."""
    many = phones or ingest.EVENING_PHONES
    parts: list[Part] = [partial(ingest.evening, phones=many), ingest.returning]
    if processes > 1:
        _check_several(databases)
        parts = [partial(ingest.evening, phones=many, processes=processes)]
    if after_outage:
        parts = [partial(outage.returning_at_once, phones=after_outage)]
    _say(_measured(databases, parts), as_json_list=as_json_list)


def _check_several(wishes: Sequence[str]) -> None:
    if SQLITE in wishes:
        raise CommandRefused(
            Code.SETTING_INVALID, "One process at a time serves a SQLite file.", f"Add --database {POSTGRESQL}."
        )


def bench_sweep(databases: Sequence[str], sizes: Sequence[int], *, as_json_list: bool) -> None:
    """Measure at each of these sizes, or at the usual ones; print."""
    parts: list[Part] = [partial(sweeping.looking, size=size) for size in sizes or sweeping.SIZES]
    _say(_measured(databases, parts), as_json_list=as_json_list)


def bench_console(databases: Sequence[str], people: int | None, *, as_json_list: bool) -> None:
    """Measure, print."""
    parts: list[Part] = [pages.overview, partial(pages.call_list, people=people or pages.CALL_LIST_PEOPLE)]
    _say(_measured(databases, parts), as_json_list=as_json_list)


@dataclass(frozen=True)
class Export:
    """What was typed. `scale`: whole bundles of `people`, `times` as many."""

    people: int
    days: int
    scale: bool
    times: tuple[int, ...]
    formats: frozenset[Format]


def export_wish(
    people: int | None, days: int | None, times: Sequence[int], formats: Sequence[Format], *, scale: bool
) -> Export:
    """The usual number for whatever was not typed. Raises `CommandRefused` for `times` of what is not scaled."""
    if times and not scale:
        raise CommandRefused(
            Code.SETTING_INVALID, "--times says how many times as large a whole bundle is made.", "Add --scale."
        )
    return Export(
        people=people or exporting.PEOPLE,
        days=days or exporting.DAYS,
        scale=scale,
        times=tuple(times or export_scale.TIMES),
        formats=frozenset(formats) or EVERYTHING,
    )


def bench_export(databases: Sequence[str], wish: Export, *, as_json_list: bool) -> None:
    """Measure each format beside its floor, or with `scale` whole bundles; print."""
    parts: list[Part] = [partial(exporting.exporting, people=wish.people, length=wish.days, formats=wish.formats)]
    if wish.scale:
        parts = [
            partial(export_scale.scaled, people=wish.people * one, length=wish.days, formats=wish.formats)
            for one in wish.times
        ]
    _say(_measured(databases, parts), as_json_list=as_json_list)


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


def bench_server(runs: int, *, as_json_list: bool) -> None:
    """Measure so many starts, print."""
    figures = server.measure(runs)
    say(as_json(figures) if as_json_list else as_lines(figures))


def bench_reminders(count: int, *, runs: int, database: str | None, as_json_list: bool) -> None:
    """Send, measure, print."""
    figures = reminders.measure(reminders.Wish(count, runs, database))
    say(as_json(figures) if as_json_list else as_lines(figures))
