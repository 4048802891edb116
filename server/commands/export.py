"""`xerodiary export`: the study's data for a sponsor."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from server.commands.surroundings import Progress, say, services
from server.db.engine import reading
from server.db.export_rows import participants_in_order
from server.export.csv_files import write_csv
from server.export.reading import everybody, instruments_in_use


class Format(StrEnum):
    """Formats that exist so far."""

    CSV = "csv"


WRITERS = {Format.CSV: write_csv}


def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write; must not exist or be empty.")],
    format: Annotated[
        Format, typer.Option(help="csv: long, wide, expected days, visits and a dictionary.")
    ] = Format.CSV,
) -> None:
    """Write long and wide CSV, every expected day and visit, and a dictionary; all of it or nothing."""
    with services() as opened, reading(opened.engine) as connection:
        now = opened.environment.now()
        progress = Progress("Exporting", len(participants_in_order(connection)))
        report = WRITERS[format](
            folder,
            opened.study,
            instruments_in_use(connection, opened.study),
            everybody(connection, opened.study, now),
            now,
            progress.at,
        )
    for name, rows in report.rows.items():
        say(f"{report.folder / name}: {rows} rows")
