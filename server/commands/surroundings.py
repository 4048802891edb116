"""What every command shares: opened services, and plain words on the terminal."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unicodedata import category

import typer

from diary_app.core.environment import Environment, SystemEnvironment
from diary_app.core.errors import Code, CommandRefused
from diary_app.core.times import format_utc
from server.access import second_factor
from server.access.proving import Person, prove
from server.db.engine import make_engine
from server.intake import known
from server.services import Services, hold_alone, is_without_database, open_services
from server.settings import Settings, load_settings

COMMAND_LINE = known.COMMAND_LINE


@contextmanager
def services(**given: Any) -> Iterator[Services]:
    """The study's database with the settings from the environment; closed afterwards."""
    settings = load_settings(**given)
    is_first = is_without_database(settings)
    opened = open_services(settings, SystemEnvironment())
    if is_first:  # else a folder that was mistyped looks like a study that was lost
        typer.echo(f"A new, empty database was made: {opened.engine.url.database}", err=True)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def held_services(settings: Settings, environment: Environment) -> Iterator[Services]:
    """The same while nobody serves from the file. Raises `DatabaseInUse`; PostgreSQL cannot tell."""
    with ExitStack() as held:
        hold_alone(make_engine(settings.database_url), held)
        opened = open_services(settings, environment)
        held.callback(opened.close)
        yield opened


def identified(opened: Services, username: str) -> Person:
    """Who types, shown by their password, which is asked for without echo, and by their second step where they have
    set one up. Raises `XerodiaryError`.
    """
    if not username:
        raise CommandRefused(Code.NOT_ALLOWED, "Nobody is named.", "Name yourself with --user.")
    person = prove(opened, username=username, password=password_of(username), address=COMMAND_LINE)
    if second_factor.is_set_up(opened, person.account):
        code: str = typer.prompt(f"Code from the authenticator app of {username}")
        second_factor.show_code(opened, person.account, code, COMMAND_LINE)
    return person


def password_of(username: str) -> str:
    """Asked for without echo; never an argument, which others on the machine could see."""
    password: str = typer.prompt(f"Password of {username}", hide_input=True)
    return password


def sites_named(opened: Services, site: str | None) -> list[str]:
    """The site of that id, or all. Raises `CommandRefused`."""
    sites = [one.id for one in opened.study.sites]
    if site is not None and site not in sites:
        raise CommandRefused(Code.NOT_FOUND, f"There is no site {site}.", f"The sites are {', '.join(sites)}.")
    return [site] if site else sites


def places(number: int) -> str:
    """At how many of them something is wrong."""
    return "1 place" if number == 1 else f"{number} places"


def say(text: str = "") -> None:
    """A line, or several, for the person at the terminal."""
    typer.echo(harmless(text))


def harmless(text: str) -> str:
    """The text with every sign spelled out that a terminal would obey instead of showing it.

    What a phone states is any text; it must not move what stands around it, or hide it.
    """
    return "".join(letter if _is_shown(letter) else ascii(letter)[1:-1] for letter in text)


def _is_shown(letter: str) -> bool:
    return letter.isprintable() or letter == "\n" or category(letter) == "Zs"  # a space that no line is broken at


@dataclass
class Progress:
    """A line that is rewritten in place on a terminal and stays silent elsewhere except at the end."""

    title: str
    total: int
    done: int = 0
    _percent: int = -1

    def at(self, done: int) -> None:
        """Show that `done` of `total` is behind us."""
        self.done = done
        percent = 100 * done // max(1, self.total)
        if percent == self._percent:
            return
        self._percent = percent
        if sys.stdout.isatty():
            typer.echo(f"\r{self.title} {percent:3d} %", nl=done >= self.total)
        elif percent % 20 == 0:
            typer.echo(f"{self.title} {percent} %")


def table(headings: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Columns as wide as their longest value."""
    texts = [headings, *(tuple(_cell(value) for value in row) for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(headings))]
    for row in texts:
        typer.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return format_utc(value) if isinstance(value, datetime) else harmless(str(value))
