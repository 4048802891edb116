"""`xerodiary backup` and `xerodiary restore`: keep the study's data elsewhere, and bring it back."""

from pathlib import Path
from typing import Annotated

import typer

from diary_app.core.environment import SystemEnvironment
from server.backup import erasures, making, restoring
from server.commands.surroundings import say, services
from server.settings import load_settings


def backup(
    folder: Annotated[
        Path | None, typer.Argument(help="Where to; XERODIARY_BACKUP_FOLDER, else backups in the var folder.")
    ] = None,
) -> None:
    """Write a verified backup while the server serves; it holds everything, so keep it as you keep the database."""
    with services() as opened:
        made = making.make(opened, folder or erasures.folder_of(opened.settings), opened.environment.now())
    rows = made.manifest.rows
    say(f"{made.file}: {sum(rows.values())} rows, {rows['record']} of them records, {made.bytes} bytes, verified.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `xerodiary backup` wrote.")],
    erased: Annotated[
        Path | None, typer.Option(help="Whose contact data was erased since; erased.list beside the file otherwise.")
    ] = None,
) -> None:
    """Fill the empty database that XERODIARY_DATABASE_URL names; phones then send again what the backup lacks."""
    noted = erasures.noted(erased) if erased else None
    restored = restoring.restore(file, load_settings(), SystemEnvironment(), noted)
    say(f"{sum(restored.manifest.rows.values())} rows are in the database, {restored.participants} participants.")
    say(f"Contact data erased again: {restored.erased}. The new epoch is {restored.epoch}.")
    if restored.flaws:
        say(f"The trail does not hold together at {restored.flaws} places; `xerodiary verify` names them.")
    say("Codes that were not used yet are void: `xerodiary participant code` makes others.")
    say(f"What staff entered after {restored.manifest.taken_at:%Y-%m-%d %H:%M} UTC has to be entered again.")
