"""`xerodiary bench`: how fast and how large things are, each figure beside its floor."""

from pathlib import Path
from typing import Annotated, Protocol

import typer

from server.bench import reminders, server, web
from server.bench.figures import as_json, as_lines
from server.commands.surroundings import say

BUILDS = Path("build/bench")
YEAR_PROGRAM = Path(__file__).parents[1] / "simulate" / "year_in_browser.py"

AsJson = Annotated[bool, typer.Option("--json", help="Print a list of objects.")]


class Builder(Protocol):
    """Builds a web app into a folder; the diary itself, the diary with another main module, or that module alone."""

    def __call__(self, out: Path, *, main: bytes | None = None, alone: bool = False) -> web.Built:
        """See `diary_app.web.builder.build`. Raises `CommandRefused`."""
        ...


def bench_web(build: Builder, *, runs: int, as_json_list: bool) -> None:
    """Build what is measured, measure it, print it."""
    apps = web.Apps(
        hello=build(BUILDS / "hello", main=web.HELLO, alone=True),
        diary=build(BUILDS / "diary"),
        year=build(BUILDS / "year", main=YEAR_PROGRAM.read_bytes()),
    )
    figures = web.measure(apps, runs)
    say(as_json(figures) if as_json_list else as_lines(figures))


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
