"""`xerodiary export`: the study's data for a sponsor."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from diary_app import resources
from server.commands.surroundings import Progress, say, services
from server.db.engine import reading
from server.db.export_rows import participants_in_order
from server.export.csv_files import write_csv
from server.export.reading import everybody


class Format(StrEnum):
    """Formats that exist so far."""

    CSV = "csv"


WRITERS = {Format.CSV: write_csv}


def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write; must not exist or be empty.")],
    format: Annotated[Format, typer.Option(help="csv: long, wide, expected days and a dictionary.")] = Format.CSV,
) -> None:
    """Write long and wide CSV, every expected day, and a dictionary; all of it or nothing."""
    with services() as opened, reading(opened.engine) as connection:
        progress = Progress("Exporting", len(participants_in_order(connection)))
        report = WRITERS[format](
            folder,
            opened.study,
            [resources.instrument(opened.study.diary.instrument, opened.study.diary.version)],
            everybody(connection),
            opened.environment.now(),
            progress.at,
        )
    for name, rows in report.rows.items():
        say(f"{report.folder / name}: {rows} rows")
