"""`xerodiary backup` and `xerodiary restore`: keep the study's data elsewhere, and bring it back."""

from pathlib import Path
from typing import Annotated

import typer

from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import Code, CommandRefused
from server.backup import erasures, making, restoring
from server.commands.surroundings import places, say, services
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
    file: Annotated[
        Path | None, typer.Argument(help="A file that `xerodiary backup` wrote.", show_default=False)
    ] = None,
    from_bundle: Annotated[
        Path | None,
        typer.Option(help="A folder that `xerodiary export --scope archive` wrote, instead.", show_default=False),
    ] = None,
    erased: Annotated[
        Path | None, typer.Option(help="Whose contact data was erased since; erased.list beside the file otherwise.")
    ] = None,
) -> None:
    """Fill the empty database that XERODIARY_DATABASE_URL names; phones then send again what the backup lacks."""
    noted = erasures.noted(erased) if erased else None
    restored = restoring.restore(_source(file, from_bundle), load_settings(), SystemEnvironment(), noted)
    say(f"{sum(restored.manifest.rows.values())} rows are in the database, {restored.participants} participants.")
    say(f"Contact data erased again: {restored.erased}. The new epoch is {restored.epoch}.")
    if restored.flaws:
        say(f"The trail does not hold together at {places(restored.flaws)}; `xerodiary verify` names them.")
    say("Codes that were not used yet are void: `xerodiary participant code` makes others.")
    say(f"What staff entered after {restored.manifest.taken_at:%Y-%m-%d %H:%M} UTC has to be entered again.")
    if from_bundle:
        say("Accounts are there by their user names, with their roles and without a password: nobody can log in before")
        say("`xerodiary user link USERNAME --name NAME` gives a link. Contact data is entered again. Phones go on by")
        say("themselves and send what they still hold.")


def _source(file: Path | None, bundle: Path | None) -> Path:
    """Where the facts are. Raises `CommandRefused` (request_invalid, bundle_broken)."""
    if (file is None) == (bundle is None):
        raise CommandRefused(
            Code.REQUEST_INVALID, "Either a file or a bundle is restored.", "Name one of them: FILE, or --from-bundle."
        )
    if bundle is not None:
        from server.export.archive_part import archive_in  # noqa: PLC0415 - no other command waits for the checks

        return archive_in(bundle)
    assert file is not None
    return file
