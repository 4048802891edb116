"""The commands of `xerodiary bench`; what measures is loaded by whoever measures, as no server that starts needs it."""

from pathlib import Path
from typing import Annotated

import typer

from server.export.formats import Format

PAGE, PICTURE = Path("docs/performance.md"), Path("docs/performance.svg")

app = typer.Typer(help="Measure speed and size, each figure beside its floor.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print a list of objects.")]
Databases = Annotated[
    list[str],
    typer.Option(
        "--database",
        default_factory=lambda: ["sqlite"],
        help="sqlite, postgresql (one that comes along), or the address of a PostgreSQL server where a database "
        "may be made and dropped. Give it twice to measure on both.",
    ),
]
Sizes = Annotated[
    list[int] | None,
    typer.Option(min=10, help="How many; give it again for more sizes. 1000, 10000 and 100000 otherwise."),
]


@app.command("ingest")
def bench_ingest(
    database: Databases,
    as_json_list: AsJson = False,
    phones: Annotated[int | None, typer.Option(min=64, help="Phones of one evening; 1000 otherwise.")] = None,
    processes: Annotated[
        int, typer.Option(min=1, help="Server processes on one PostgreSQL; more than one: measure the evening alone.")
    ] = 1,
    after_outage: Annotated[
        int, typer.Option("--outage", min=0, help="Instead: so many phones that return at once after an outage.")
    ] = 0,
) -> None:
    """Measure how fast the server takes phones in, beside a server that only validates and a loop that only inserts."""
    from server.commands import bench  # noqa: PLC0415 - see above

    bench.bench_ingest(
        database, phones=phones, processes=processes, after_outage=after_outage, as_json_list=as_json_list
    )


@app.command("sweep")
def bench_sweep(database: Databases, participants: Sizes = None, as_json_list: AsJson = False) -> None:
    """Measure looking for due days, and grading those that are due, beside plain SQL on the same rows."""
    from server.commands import bench  # noqa: PLC0415 - see above

    bench.bench_sweep(database, participants or (), as_json_list=as_json_list)


@app.command("console")
def bench_console(
    database: Databases,
    participants: Annotated[
        int | None, typer.Option(min=10, help="How many the call list is made of; 100000 otherwise.")
    ] = None,
    as_json_list: AsJson = False,
) -> None:
    """Measure how long pages of the console take and what they weigh, beside one plain statement over the same rows."""
    from server.commands import bench  # noqa: PLC0415 - see above

    bench.bench_console(database, participants, as_json_list=as_json_list)


@app.command("export")
def bench_export(
    database: Databases,
    participants: Annotated[int | None, typer.Option(min=2, help="How many there are.")] = None,
    days: Annotated[int | None, typer.Option(min=2, max=390, help="How many evenings each has filled in.")] = None,
    scale: Annotated[
        bool, typer.Option("--scale", help="Instead: whole bundles of so many, four and sixteen times as many.")
    ] = False,
    times: Annotated[list[int] | None, typer.Option(min=1, help="With --scale: these times as many instead.")] = None,
    only: Annotated[
        list[Format] | None,
        typer.Option(help="Of this format alone; give it again for more. With --scale and one: its own speed as well."),
    ] = None,
    as_json_list: AsJson = False,
) -> None:
    """Measure taking a cut and writing each format, and the memory of a whole bundle, each beside its floor."""
    from server.commands import bench  # noqa: PLC0415 - see above

    wish = bench.export_wish(participants, days, times or (), only or (), scale=scale)
    bench.bench_export(database, wish, as_json_list=as_json_list)


@app.command("server")
def bench_server(
    as_json_list: AsJson = False,
    runs: Annotated[int, typer.Option(min=1, help="Starts of each.")] = 3,
) -> None:
    """Measure start and idle memory of the server beside a bare FastAPI app."""
    from server.commands import bench  # noqa: PLC0415 - see above

    bench.bench_server(runs, as_json_list=as_json_list)


@app.command("report")
def bench_report(
    run: Annotated[Path, typer.Argument(help="What `xerodiary bench all --save` wrote.")],
    out: Annotated[Path, typer.Option(help="The page.")] = PAGE,
    plot: Annotated[Path, typer.Option(help="The picture, best in the same folder.")] = PICTURE,
) -> None:
    """Write the page of figures from a run: targets, reached or missed and what bounds them, and the picture."""
    from server.commands import bench  # noqa: PLC0415 - see above

    bench.bench_report(run, out, plot)


@app.command("reminders")
def bench_reminders(
    as_json_list: AsJson = False,
    participants: Annotated[int, typer.Option(min=10, max=999, help="Participants reminded in each run.")] = 999,
    runs: Annotated[int, typer.Option(min=1, help="Evenings.")] = 3,
    database: Annotated[
        str | None, typer.Option(help="An empty database; an SQLite file of its own otherwise.")
    ] = None,
) -> None:
    """Send reminders to a mail server on loopback beside a plain loop that only talks SMTP."""
    from server.commands import bench  # noqa: PLC0415 - see above

    bench.bench_reminders(participants, runs=runs, database=database, as_json_list=as_json_list)
