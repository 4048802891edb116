"""`xerodiary user`: accounts of staff and what they may do."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated

import typer
from sqlalchemy import Connection

from diary_app.core.errors import Code, CommandRefused
from diary_app.resources import LANGUAGES
from server.access import invitations, rights, second_factor, staff
from server.access.invitations import Invited, Wanted
from server.access.rights import Right
from server.access.roles import Role
from server.alerts import account_mail
from server.commands.surroundings import COMMAND_LINE, say, services, table
from server.console.dates import Calendar
from server.db.accounts import Account
from server.db.engine import reading
from server.db.site_facts import EVERYWHERE
from server.intake.reaching import email_from
from server.services import Services

app = typer.Typer(help="Add staff and give or take their rights.", no_args_is_help=True)
Username = Annotated[str, typer.Argument(help="User name for logging in.")]
Site = Annotated[str, typer.Option(help="Id of a site, or * for all.")]


@app.command()
def add(
    username: Username,
    role: Annotated[Role, typer.Option(help="What the person is.")],
    site: Site,
    name: Annotated[str, typer.Option(help="Name shown to colleagues.")] = "",
    language: Annotated[str, typer.Option(help=f"One of {', '.join(LANGUAGES)}.")] = LANGUAGES[0],
) -> None:
    """Add an account with one role; the password is typed twice and never shown."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    with services() as opened, opened.engine.begin() as connection:
        _check_site(opened, site)
        account = staff.add_account(
            connection,
            opened.environment,
            username=username,
            display_name=name,
            password=password,
            language=language,
        )
        right = Right(account.id, role, site)
        rights.give(connection, right, author=COMMAND_LINE, environment=opened.environment)
    say(f"{account.username} can log in as {role} at {_where(site)}.")


@app.command()
def invite(
    username: Username,
    role: Annotated[Role, typer.Option(help="What the person is.")],
    site: Site,
    name: Annotated[str, typer.Option(help="Name shown to colleagues.")] = "",
    language: Annotated[str, typer.Option(help=f"One of {', '.join(LANGUAGES)}.")] = LANGUAGES[0],
    email: Annotated[str, typer.Option(help="Where the morning's overview goes.")] = "",
) -> None:
    """Add an account with one role and print a link that works once, by which the person chooses a password."""
    with services() as opened, opened.engine.begin() as connection:
        _check_site(opened, site)
        wanted = Wanted(username, name, language, [(role, site)], email_from(email))
        invited = invitations.invite(connection, opened, wanted, author=COMMAND_LINE)
    _hand_over(opened, invited)


@app.command()
def link(
    username: Username,
    name: Annotated[
        str, typer.Option(help="Name shown to colleagues; only for an account without a password.", show_default=False)
    ] = "",
) -> None:
    """Print a new link, for somebody whose link has run out or who has forgotten the password."""
    with services() as opened, opened.engine.begin() as connection:
        account = _open_account(connection, username)
        if name:
            account = staff.call(connection, account, name)
        invited = invitations.renew(connection, opened, account, author=COMMAND_LINE)
    _hand_over(opened, invited)


@app.command("reset-second-factor")
def reset_second_factor(username: Username) -> None:
    """Forget somebody's authenticator and recovery codes; they set up another one at the next log-in."""
    with services() as opened, opened.engine.begin() as connection:
        account = staff.account_named(connection, username)
        second_factor.reset(connection, opened, account.id, author=COMMAND_LINE)
    say("The second factor is forgotten and every session ended.")


@app.command()
def give(username: Username, role: Annotated[Role, typer.Option()], site: Site) -> None:
    """Give an account another role."""
    with services() as opened, opened.engine.begin() as connection:
        _check_site(opened, site)
        account = staff.account_named(connection, username)
        right = Right(account.id, role, site)
        rights.give(connection, right, author=COMMAND_LINE, environment=opened.environment)
    say(f"{account.username} is now {role} at {_where(site)}.")


@app.command()
def take(username: Username, role: Annotated[Role, typer.Option()], site: Site) -> None:
    """Take a role away."""
    with services() as opened, opened.engine.begin() as connection:
        account = staff.account_named(connection, username)
        right = Right(account.id, role, site)
        rights.take(connection, right, author=COMMAND_LINE, environment=opened.environment)
    say(f"{account.username} is no longer {role} at {_where(site)}.")


@app.command()
def password(username: Username) -> None:
    """Set a new password; every session of the account ends."""
    new = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    with services() as opened, opened.engine.begin() as connection:
        account = staff.account_named(connection, username)
        staff.set_password(connection, opened.environment, account, new, author=COMMAND_LINE)
    say("The password is changed and every session ended.")


@app.command()
def disable(username: Username) -> None:
    """Close an account; it stays on record."""
    with services() as opened, opened.engine.begin() as connection:
        account = staff.account_named(connection, username)
        staff.disable(connection, opened.environment, account.id, author=COMMAND_LINE)
    say(f"{account.username} cannot log in any more.")


@app.command()
def email(
    username: Username,
    address: Annotated[
        str, typer.Argument(help="Where the morning's overview and notices about the log-in go; empty for nowhere.")
    ],
) -> None:
    """Say where somebody gets the morning's overview of their sites, and notices about their log-in."""
    kept = email_from(address)
    with services() as opened:
        with opened.engine.begin() as connection:
            former = staff.account_named(connection, username)
            staff.set_email(connection, opened.environment, former, kept or None, author=COMMAND_LINE)
            is_changed = former.email not in (None, kept)
            owed = account_mail.owe_former_address(connection, opened, former) if is_changed else None
        was_told = owed is not None and account_mail.tell_former_address(opened, owed, former)
    say("The address is kept." if kept else "The address is forgotten.")
    if was_told:
        say("The former address was told.")
    elif owed is not None:
        say("The former address was not told yet. The server tries again for three days.")
    elif is_changed:
        say("The former address could not be told by mail: tell the person.")


@app.command("list")
def list_all(
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Roles as they were at the end of that day, UTC.")
    ] = None,
) -> None:
    """List accounts with their roles, now or at a past date."""
    until = datetime.combine(on.date() + timedelta(days=1), time.min, UTC) - timedelta(milliseconds=1) if on else None
    with services() as opened, reading(opened.engine) as connection:
        held = rights.all_rights(connection, until)
        rows: list[tuple[object, ...]] = [
            (one.username, one.display_name, one.disabled_at, _roles(held, one.id))
            for one in staff.accounts_at(connection, until)
        ]
    table(("user name", "name", "closed", "roles"), rows)


def _open_account(connection: Connection, username: str) -> Account:
    account = staff.account_named(connection, username)
    if account.disabled_at is not None:
        raise CommandRefused(Code.NOT_ALLOWED, "This account is closed.", "Invite the person with another user name.")
    return account


def _hand_over(opened: Services, invited: Invited) -> None:
    calendar = Calendar("en", opened.study.sites[0].zone, opened.environment.now().date())
    until = calendar.moment(invited.until).replace("\u00a0", " ")
    say(f"Hand this over to {invited.account.display_name}, and to nobody else. It works once, until {until}:")
    say(invited.link(opened))


def _roles(held: frozenset[Right], account: str) -> str:
    mine = sorted(right for right in held if right.account == account)
    return ", ".join(f"{right.role} at {_where(right.site)}" for right in mine)


def _check_site(opened: Services, site: str) -> None:
    sites = [one.id for one in opened.study.sites]
    if site not in (*sites, EVERYWHERE):
        known = ", ".join(sites)
        raise CommandRefused(Code.NOT_FOUND, f"There is no site {site}.", f"Choose one of {known}, or * for all.")


def _where(site: str) -> str:
    return "all sites" if site == EVERYWHERE else site
