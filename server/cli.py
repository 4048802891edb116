"""The command `xerodiary`. Every group of commands is a module under `server/commands/`; this puts them together."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diary_app import VERSION
from diary_app.core.errors import XerodiaryError
from server.commands import (
    alerts,
    backup,
    correction,
    database,
    desktop,
    export,
    incident,
    measures,
    participant,
    qualify,
    quarantine,
    reminders,
    serve,
    signing,
    study,
    trail,
    user,
    verify,
)
from server.settings import load_settings

if TYPE_CHECKING:
    from server.commands import bench

app = typer.Typer(
    help="Xerodiary: an electronic diary for participants in clinical trials.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
web = typer.Typer(help="Build the participant's web app.", no_args_is_help=True)
app.command()(serve.serve)
app.command()(export.export)
app.command()(backup.backup)
app.command()(backup.restore)
app.command("verify")(verify.verify_trail)
app.command("trail")(trail.trail)
app.command()(qualify.qualify)
for act in (signing.lock, signing.unlock, signing.sign, signing.signatures):
    app.command()(act)
app.add_typer(study.app, name="study")
app.add_typer(participant.app, name="participant")
app.add_typer(correction.app, name="correction")
app.add_typer(reminders.app, name="reminders")
app.add_typer(user.app, name="user")
app.add_typer(alerts.app, name="alerts")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(incident.app, name="incident")
app.add_typer(database.app, name="db")
app.add_typer(web, name="web")
app.add_typer(measures.app, name="bench")

WEB_FOLDER = Path("build/web")
WEB_WORK = Path("build/work")


@web.command("build")
def web_build(
    out: Annotated[
        Path | None, typer.Option(help="Folder that becomes the web app; XERODIARY_WEB_FOLDER or build/web otherwise.")
    ] = None,
    release: Annotated[bool, typer.Option(help="Compress with brotli too; slower to build.")] = False,
) -> None:
    """Build the installable offline app from Flet's client, Pyodide and locked wheels."""
    _build(out or load_settings().web_folder or WEB_FOLDER, release)


@measures.app.command("web")
def bench_web(
    as_json: measures.AsJson = False,
    release: Annotated[bool, typer.Option(help="With brotli, as in a release; slower to build.")] = False,
    runs: Annotated[int, typer.Option(min=1, help="Fresh browsers per app.")] = 3,
) -> None:
    """Measure the web app in a real Chromium beside a Flet hello-world made by the same builder."""
    from server.commands import bench

    bench.bench_web(_measured_build(release), runs=runs, as_json_list=as_json)


@measures.app.command("all")
def bench_all(
    as_json: measures.AsJson = False,
    database: Annotated[
        list[str] | None, typer.Option(help="sqlite, postgresql, both, or an address; both otherwise.")
    ] = None,
    scale: Annotated[
        list[int] | None, typer.Option(min=10, help="Participants; 1000, 10000 and 100000 otherwise.")
    ] = None,
    runs: Annotated[int, typer.Option(min=1, help="Starts, evenings and browsers of each.")] = 3,
    save: Annotated[Path | None, typer.Option(help="Keep the run for `xerodiary bench report`.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw ratios and targets as SVG.")] = None,
    browser: Annotated[bool, typer.Option("--web/--no-web", help="Measure the web app in Chromium.")] = True,
    tiny: Annotated[bool, typer.Option("--tiny", help="Hardly anything, to see that all of it runs.")] = False,
) -> None:
    """Measure everything, each on an empty database and beside its floor; minutes with --tiny, else most of an hour."""
    from server.bench.all import SCALES
    from server.commands import bench

    wish = bench.Wish(
        scales=tuple(scale or SCALES),
        databases=bench.databases_named(database or [bench.BOTH]),
        runs=runs,
        tiny=tiny,
        web=browser,
        as_json_list=as_json,
        save=save,
        plot=plot,
    )
    bench.bench_all(wish, _measured_build(release=False))


@app.command("app")
def run_app(
    server: Annotated[str, typer.Option(help="Address of the study's server; https, or loopback.")] = "",
    database: Annotated[Path | None, typer.Option(help="File of the diary; var/diary.db otherwise.")] = None,
) -> None:
    """Run the participant's app from source in a window of its own."""
    desktop.prepare(server, database)
    from diary_app.app import run

    run()


@app.command("demo")
def run_demo(
    fresh: Annotated[bool, typer.Option(help="Throw the demonstration away and start over.")] = False,
    port: Annotated[int, typer.Option(help="Port on loopback.")] = 8765,
    participants: Annotated[int, typer.Option(min=12, max=1000, help="How many participants live in it.")] = 100,
    phone: Annotated[bool, typer.Option(help="Serve https for a phone on the same network.")] = False,
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve at the end.")] = True,
) -> None:
    """Simulate a MESRIX-more study and serve it: app at /app/, console at /console/."""
    from server.commands import demo  # phones come along, and a server starts without them
    from server.commands.ports import require_free

    if serving:
        require_free("127.0.0.1", port)  # before the minutes that building and simulating take
    _build(WEB_FOLDER, False)
    demo.run(demo.Wish(fresh=fresh, port=port, participants=participants, phone=phone, serving=serving), WEB_FOLDER)


@app.command("simulate")
def run_simulation(
    seed: Annotated[int, typer.Option(min=0, help="The first seed; the same one gives the same run.")] = 1,
    runs: Annotated[int, typer.Option(min=1, help="How many seeds, one after the other.")] = 10,
    people: Annotated[int, typer.Option(min=1, max=900, help="Participants in each run.")] = 12,
    days: Annotated[int, typer.Option(min=5, max=300, help="Days that each run takes.")] = 30,
    nightly: Annotated[bool, typer.Option("--nightly", help="400 seeds at least, in two processes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object for each run.")] = False,
    plan: Annotated[Path | None, typer.Option(help="Live through the plan in this file instead.")] = None,
    transport: Annotated[
        str, typer.Option(help="routes, or asgi: through the whole application, as one seed in 20 does.")
    ] = "",
) -> None:
    """Live through studies in which everything goes wrong, check what came of them, tell the story of a fault."""
    from server.commands import simulate  # phones come along, as in the demonstration

    wish = simulate.Wish(
        seed=seed, runs=runs, people=people, days=days, nightly=nightly, as_json=as_json, plan=plan,
        entrance=simulate.entrance_named(transport),
    )  # fmt: skip
    simulate.run(wish)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(VERSION)


def _build(out: Path, release: bool) -> None:
    from diary_app.web.builder import build

    report = build(out, work=WEB_WORK, app_version=VERSION, progress=typer.echo, release=release)
    if not report.reused:
        typer.echo(f"The web app is in {out}.")


def _measured_build(release: bool) -> "bench.Builder":
    from diary_app.web.builder import build
    from diary_app.web.source import AppSource, diary_source
    from server.bench.web import Built

    def built(out: Path, *, main: bytes | None = None, alone: bool = False) -> Built:
        files = {} if alone else dict(diary_source(VERSION).files)
        source = AppSource(out.name, {**files, "main.py": main}) if main else None
        made = build(out, work=WEB_WORK, app_version=VERSION, app=source, release=release)
        return Built(out, raw=made.raw, gzip=made.gzip, brotli=made.brotli, app=made.app_zip)

    return built


def main() -> None:
    """Run a command; a failure is said in words with its code and remedy, exit status 1, never a traceback."""
    try:
        app()
    except XerodiaryError as error:
        typer.echo(f"{error.message}\n[{error.code}] {error.remedy}", err=True)
        sys.exit(1)
