"""`xerodiary db`: look after the database."""

import typer

from server.commands.surroundings import say, services
from server.db import guards
from server.db.engine import reading
from server.intake.rebuild import rebuild

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
