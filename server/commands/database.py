"""`xerodiary db`: look after the database."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import Code, CommandRefused
from server.backup import making, new_epoch, restoring
from server.commands.surroundings import held_services, places, say, services
from server.db import guards
from server.db.engine import reading
from server.intake.rebuild import rebuild
from server.services import renew_sealing_key
from server.settings import load_settings

app = typer.Typer(help="Migrate, check and rebuild the database.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Create the database or bring it up to this version."""
    with services() as opened:
        say(f"The database is up to date; its epoch is {opened.epoch}.")


@app.command()
def check() -> None:
    """Compare the guards of every fact table with what they must be."""
    with services() as opened, reading(opened.engine) as connection:
        guards.check(connection)
    say("Every fact table is guarded.")


@app.command("rebuild")
def rebuild_working() -> None:
    """Compute every working table again from the facts; facts are only read."""
    with services() as opened:
        now = opened.environment.now()
        opened.writer.run("", lambda connection: rebuild(connection, opened, now))
    say("The working tables are rebuilt.")


@app.command("copy")
def copy_to(
    to: Annotated[str, typer.Option(help="Address of an empty database of either kind.")],
    owner: Annotated[str | None, typer.Option(help="PostgreSQL: address of the role that owns the tables.")] = None,
) -> None:
    """Copy everything into another database, counts and hashes compared; stop the server before."""
    settings, environment = load_settings(), SystemEnvironment()
    target = load_settings(database_url=to, database_owner_url=owner)
    with tempfile.TemporaryDirectory(dir=settings.var_folder) as folder, held_services(settings, environment) as opened:
        made = making.make(opened, Path(folder), environment.now())
        restored = restoring.restore(made.file, target, environment)
    for name, count in restored.manifest.rows.items():
        say(f"{name}: {count} rows, the same in both")
    say(f"The new epoch is {restored.epoch}. Set XERODIARY_DATABASE_URL to the new database before you serve again.")


@app.command("new-epoch")
def begin_new_epoch(
    yes: Annotated[bool, typer.Option("--yes", help="The database was put back, and no server runs on it.")] = False,
) -> None:
    """Go on from a snapshot, a recovery to a point in time or a standby; phones then send again what it lacks."""
    if not yes:
        raise CommandRefused(
            Code.NOT_ALLOWED, "Nothing was changed.", "Stop every server on this database, then add --yes."
        )
    with held_services(load_settings(), SystemEnvironment()) as opened:
        done = new_epoch.begin(opened)
    say(f"The new epoch is {done.epoch}. Contact data erased again: {done.erased}.")
    if done.flaws:
        say(f"The trail does not hold together at {places(done.flaws)}; `xerodiary verify` names them.")
    say("Codes that were not used yet are void: `xerodiary participant code` makes others. Everybody logs in again.")
    say("Accounts closed since, passwords changed since and phones reported lost since are as before: do that again.")
    say(f"What staff entered after {done.until or 'the database was put back'} has to be entered again.")


@app.command("new-sealing-key")
def new_sealing_key(
    yes: Annotated[bool, typer.Option("--yes", help="The earlier key is lost for good.")] = False,
) -> None:
    """Go on with another sealing key; what locked phones sealed to the earlier one stays unreadable until unlocked."""
    if not yes:
        raise CommandRefused(
            Code.NOT_ALLOWED, "Nothing was changed.", "Add --yes when the earlier key is lost for good."
        )
    renew_sealing_key(load_settings())
    say("Phones hear of the new key at their next contact.")
