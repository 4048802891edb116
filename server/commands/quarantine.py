"""`xerodiary quarantine`: what was set aside, what is in it, and what is to become of it."""

import json
import sys
from datetime import datetime
from typing import Annotated

import typer

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.facts import SCHEDULE_RECORDS, body_of
from diary_app.core.staff_acts import Outcome, SettlingReason
from server.commands.surroundings import identified, say, services, sites_named, table
from server.db import set_aside
from server.db.engine import reading
from server.db.set_aside import SetAside
from server.intake import settling
from server.intake.aside_contents import OfSchedule, of_schedule
from server.intake.set_aside_words import why
from server.intake.settling import Contents, Wanted

app = typer.Typer(help="See what was set aside, and settle it.", no_args_is_help=True)
HEADINGS = ("id", "participant", "phone", "received (UTC)", "why", "may be about", "bytes", "settled")
Item = Annotated[str, typer.Argument(help="Id from xerodiary quarantine list.")]
User = Annotated[str, typer.Option(help="Your user name; the password is asked for.")]


@app.command("list")
def list_all(
    site: Annotated[str | None, typer.Option(help="Id of one site; all sites when not given.")] = None,
    participant: Annotated[str | None, typer.Option(help="Pseudonym, such as 01-007.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="What is settled or joined its chain, too.")] = False,
) -> None:
    """List what was received and does not count, as long as it waits for somebody."""
    with services() as opened, reading(opened.engine) as connection:
        found = set_aside.at(connection, sites_named(opened, site), participant)
    shown = [one for one in found if everything or one.waits]
    if not shown:
        say("Nothing waits.")
        return
    rows: list[tuple[object, ...]] = [
        (one.id, one.participant, one.device, one.received_at, why(one.code), _day(one), one.size, _settled(one))
        for one in shown
    ]
    table(HEADINGS, rows)


@app.command()
def show(
    item: Item,
    contents: Annotated[bool, typer.Option("--contents", help="What is in it, readable; noted in the trail.")] = False,
    verbatim: Annotated[bool, typer.Option("--verbatim", help="Its bytes as they came; noted in the trail.")] = False,
    user: User = "",
) -> None:
    """Show one of them; what is in it only to whoever may see answers."""
    with services() as opened:
        with reading(opened.engine) as connection:
            one = set_aside.one(connection, item)
            found = of_schedule(connection, one) if one else None
        if one is None:
            raise CommandRefused(Code.NOT_FOUND, f"Nothing set aside has the id {item}.", "Look at the list.")
        inside: Contents | None = None
        if contents or verbatim:
            inside = settling.look_inside(opened, item, by=identified(opened, user))
    if inside is not None and verbatim:
        sys.stdout.buffer.write(inside.data)
        return
    _print(one, _shaping(found))
    if inside is not None:
        say(_readable(inside))


@app.command()
def settle(
    item: Item,
    outcome: Annotated[Outcome, typer.Argument(help="What it is.")],
    reason: Annotated[SettlingReason, typer.Argument(help="Why.")],
    user: User,
    instrument: Annotated[str | None, typer.Option(help="Of an assignment: the questionnaire, such as DMD.")] = None,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Of an assignment: the diary day, as 2026-11-22.")
    ] = None,
) -> None:
    """Settle one thing: no entry, assigned to its day, or accepted as an entry of its day or as the diary's zone."""
    wanted = Wanted(outcome, reason, instrument, day.date() if day else None)
    with services() as opened:
        settling.settle(opened, item, wanted, by=identified(opened, user))
    say("It is settled.")


@app.command()
def reopen(
    item: Item,
    reason: Annotated[SettlingReason, typer.Argument(help="Why.")],
    user: User,
) -> None:
    """Take a settlement back; the thing waits again."""
    with services() as opened:
        settling.reopen(opened, item, reason, by=identified(opened, user))
    say("It waits again.")


def _shaping(found: OfSchedule | None) -> list[tuple[str, object]]:
    """What it says where the schedule follows it."""
    if found is None:
        return []
    said = {name: value for name, value in body_of(found.said.detail).items() if isinstance(value, str)}
    words = " ".join(said[name] for name in ("kind", "instrument", "zone", "choice") if name in said)
    return [("shapes the schedule", words), ("confirmed (UTC)", found.said.at)]


def _print(one: SetAside, shaping: list[tuple[str, object]]) -> None:
    table(
        ("what", "is"),
        [
            ("id", one.id),
            ("participant", one.participant),
            ("site", one.site),
            ("phone", one.device),
            ("received (UTC)", one.received_at),
            ("why", f"{why(one.code)} [{one.code}]"),
            ("may be about", _day(one)),
            *shaping,
            ("bytes", one.size),
            ("sha256", one.sha256),
            ("settled", _settled(one)),
        ],
    )


def _day(one: SetAside) -> str:
    """The day that it names or was assigned to; else it may be about any."""
    day = one.settled_day or one.diary_day
    if day is None:
        return f"no day: {one.kind}" if one.kind in SCHEDULE_RECORDS else "any day or none"
    return f"{one.settled_instrument or one.instrument} {day}"


def _settled(one: SetAside) -> str | None:
    return one.outcome or ("joined its chain" if one.joined else None)


def _readable(inside: Contents) -> str:
    if inside.body is not None:
        return json.dumps(inside.body, ensure_ascii=False, indent=2, sort_keys=True)
    return inside.data.decode("utf-8", "backslashreplace")
