"""`xerodiary participant`: add participants, hand out codes, record treatment dates and lost phones."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection

from diary_app.core.anchors import DateChange
from diary_app.core.errors import Code, CommandRefused
from diary_app.core.facts import AnchorSet, ContactDetailChanged, ContactField, RemindersChosen, Status, StatusSet
from diary_app.core.lending import is_next_lent
from diary_app.core.rescue_codes import read_handed_over
from server.commands.forgetting import forget
from server.commands.surroundings import COMMAND_LINE, say, services, table
from server.db import codes, contact_details
from server.db.engine import reading
from server.db.overview import participants_at
from server.intake import installations, staff
from server.intake import rescue as intake
from server.intake.known import facts_of
from server.intake.reaching import change_contact, email_from, phone_from
from server.services import Services

app = typer.Typer(help="Add participants, hand out codes, record dates.", no_args_is_help=True)
app.command()(forget)
Participant = Annotated[str, typer.Argument(help="Pseudonym, such as 01-007.")]
Usual = Annotated[str | None, typer.Option(help="Own time of the first reminder, as 18:30.")]
ChannelOrder = Annotated[
    list[str] | None, typer.Option(help="email or sms; name it again for the next one in the participant's order.")
]
Lent = Annotated[bool, typer.Option("--lent", help="The phone is the site's own, lent out.")]
_READ = {ContactField.EMAIL: email_from, ContactField.PHONE: phone_from}
_READ_AS = {ContactField.EMAIL: "e-mail address", ContactField.PHONE: "telephone number"}
Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="Local date, as 2026-11-22.")]


@app.command()
def add(
    subject: Annotated[str, typer.Argument(help="Number from the trial's own list, such as 007.")],
    site: Annotated[str, typer.Option(help="Id of the site.")],
    zone: Annotated[str | None, typer.Option(help="Home time zone; the site's when not given.")] = None,
    language: Annotated[str | None, typer.Option(help="da or en; the study's first when not given.")] = None,
    window: Annotated[str | None, typer.Option(help="One of the study's window choices.")] = None,
    usual: Usual = None,
    channel: ChannelOrder = None,
    lent: Lent = False,
) -> None:
    """Add a participant and print the code for the first phone."""
    wanted = _reminders(usual, channel)
    with services() as opened:
        choices = {opened.study.diary.instrument: window} if window else {}
        added = opened.writer.run(
            subject,
            lambda connection: staff.add_participant(
                connection,
                opened,
                site=site,
                subject=subject,
                author=COMMAND_LINE,
                at=opened.environment.now(),
                zone=zone,
                language=language,
                choices=choices,
                reminders=wanted,
            ),
        )
        say(f"Participant {added} was added.")
        _print_code(opened, added, lent=lent)


@app.command()
def reminders(participant: Participant, usual: Usual = None, channel: ChannelOrder = None) -> None:
    """Record when, and by which channels in which order, somebody wants to be reminded."""
    if not (usual or channel):
        raise CommandRefused(Code.FACT_INVALID, "Nothing is changed.", "Name --usual, or --channel once or more.")
    _record(participant, _reminders(usual, channel))


@app.command()
def contact(
    participant: Participant,
    email: Annotated[str | None, typer.Option(help='E-mail address; "" erases it.')] = None,
    phone: Annotated[str | None, typer.Option(help='Telephone number with country, as +45 ...; "" erases it.')] = None,
    shared: Annotated[bool, typer.Option("--shared", help="Others are reached by it too, as a couple may.")] = False,
) -> None:
    """Keep or erase how somebody is reached; the trail says that it changed, never what it says."""
    given = {ContactField.EMAIL: email, ContactField.PHONE: phone}
    wanted = {field: text for field, text in given.items() if text is not None}
    if not wanted:
        raise CommandRefused(Code.CONTACT_INVALID, "Nothing is changed.", "Name --email or --phone.")
    with services() as opened:
        now = opened.environment.now()

        def work(connection: Connection) -> tuple[ContactDetailChanged, ...]:
            if not shared:
                _refuse_shared(connection, opened, participant, wanted)
            return change_contact(connection, opened, participant, wanted, author=COMMAND_LINE, at=now)

        changed = opened.writer.run(participant, work)
    for detail in changed:
        say(f"{detail.field}: {detail.change}.")
    if not changed:
        say("It was so already.")


@app.command()
def code(
    participant: Participant,
    lent: Annotated[
        bool | None,
        typer.Option(
            "--lent/--own",
            help="Whose the phone is: the site's, lent out, or the participant's. When neither is given, as for the "
            "code that waits, else as the phone in use.",
        ),
    ] = None,
) -> None:
    """Print a one-time code for a first or another phone; earlier codes end."""
    with services() as opened:
        _print_code(opened, participant, lent=lent)


@app.command()
def lend(
    participant: Participant,
    own: Annotated[bool, typer.Option("--own", help="It is the participant's own after all.")] = False,
) -> None:
    """Say that the phone in use is the site's, lent out: its entries say so from its next contact on."""
    with services() as opened:
        fact = opened.writer.run(
            participant,
            lambda connection: staff.lend(
                connection, opened, participant, lent=not own, author=COMMAND_LINE, at=opened.environment.now()
            ),
        )
    say("It was so already." if fact is None else "Recorded. The phone hears of it at its next contact.")


@app.command("list")
def list_all() -> None:
    """List participants with activation and last contact (UTC)."""
    with services() as opened, reading(opened.engine) as connection:
        found = participants_at(connection, [site.id for site in opened.study.sites])
        rows: list[tuple[object, ...]] = [(one.id, one.site, one.activated_at, one.last_seen_at) for one in found]
    table(("participant", "site", "activated", "last contact"), rows)


@app.command()
def treatment(
    participant: Participant,
    anchor: Annotated[str, typer.Argument(help="Id of an anchor of the study file, such as treatment_1.")],
    day: Day,
    time: Annotated[
        str | None, typer.Option(help="Local start time, as 10:30; without one it begins at 00:00.")
    ] = None,
    planned: Annotated[bool, typer.Option(help="The date is planned; without it, the treatment was given.")] = False,
    reason: Annotated[
        DateChange | None, typer.Option(help="Why a date or time is replaced on which it was given.")
    ] = None,
) -> None:
    """Record a treatment's planned or actual date."""
    date = day.date()
    given = {"planned": date} if planned else {"planned": date, "actual": date}
    _record(participant, _detail(AnchorSet, anchor=anchor, reason=reason, actual_time=time, **given))


@app.command()
def status(
    participant: Participant,
    status: Annotated[Status, typer.Argument(help="What holds from the effective date.")],
    effective: Day,
    reason: Annotated[str, typer.Option(help="Coded reason, such as participant_wish.")] = "not_stated",
) -> None:
    """Record that a participant stopped, withdrew, died, completed or was lost to follow-up."""
    _record(participant, _detail(StatusSet, status=status, effective=effective.date(), reason=reason))


@app.command()
def lost(
    participant: Participant,
    reason: Annotated[str, typer.Option(help="Coded reason, such as stolen.")] = "reported_lost",
) -> None:
    """Report the phone lost: it locks at its next contact. Hand out a new code afterwards."""
    with services() as opened:
        fact = opened.writer.run(
            participant,
            lambda connection: staff.report_lost(
                connection, opened, participant, reason=reason, author=COMMAND_LINE, at=opened.environment.now()
            ),
        )
    say("No phone of this participant is active." if fact is None else "The phone will lock at its next contact.")


@app.command()
def rescue(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="Saved by a phone that cannot send, or a text file of the codes on its screen, one a line.",
        ),
    ],
) -> None:
    """Take in a rescue file, or its scanned codes: what a phone could not send."""
    with services() as opened:
        handed_over = read_handed_over(file.read_bytes())
        found = intake.take_in(opened, handed_over, opened.environment.now())
    if left_out := handed_over.left_out:
        say(f"{left_out} could not be put into the file, and are on the phone alone: let it be kept.")
    if not found and not left_out:
        say("The file holds nothing: the phone had sent everything.")
        return
    rows: list[tuple[object, ...]] = [(one.participant, one.taken_in, one.known, one.set_aside) for one in found]
    table(("participant", "taken in", "known already", "set aside"), rows)
    if unreadable := sum(one.unreadable for one in found):
        say(f"{unreadable} could not be opened: they were sealed to another key. [{Code.ENVELOPE_UNREADABLE}]")


def _refuse_shared(
    connection: Connection, opened: Services, participant: str, wanted: Mapping[ContactField, str]
) -> None:
    """Before anything is kept, as an erasure is noted beside the backups at once; what stays as it is is not asked."""
    before = contact_details.of(connection, participant)
    given = {field: _READ[field](text) for field, text in wanted.items()}
    changed = {field: text for field, text in given.items() if text != before[field]}
    sites = [site.id for site in opened.study.sites]
    found = contact_details.shared(connection, changed, sites=sites, but=participant)
    if found:
        named = " or ".join(_READ_AS[field] for field in sorted(found))
        numbers = ", ".join(sorted({number for some in found.values() for number in some}))
        raise CommandRefused(
            Code.ALREADY_EXISTS,
            f"The same {named} is kept for {numbers} too; nothing is changed.",
            "Correct it if it was typed wrong. If they share it, as a couple may, add --shared.",
        )


def _detail(kind: type[BaseModel], **values: object) -> BaseModel:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CommandRefused(Code.FACT_INVALID, f"{where}: {first['msg']}.", "Type it again.") from error


def _reminders(usual: str | None, channels: list[str] | None) -> RemindersChosen:
    detail = _detail(RemindersChosen, usual=usual, channels=channels or None)
    assert isinstance(detail, RemindersChosen)
    return detail


def _record(participant: str, detail: BaseModel) -> None:
    with services() as opened:
        opened.writer.run(
            participant,
            lambda connection: staff.append_fact(
                connection, opened, participant, detail, author=COMMAND_LINE, at=opened.environment.now()
            ),
        )
    say("Recorded.")


def _print_code(opened: Services, participant: str, *, lent: bool | None) -> None:
    at = opened.environment.now()

    def work(connection: Connection) -> tuple[str, bool]:
        is_lent = _is_next_lent(connection, participant, at) if lent is None else lent
        code = staff.issue_code(connection, opened, participant, author=COMMAND_LINE, at=at, lent=is_lent)
        return code, is_lent

    code, is_lent = opened.writer.run(participant, work)
    if is_lent:
        say("It is for a phone that the site lends out.")
    say(f"Enrolment code: {code}, valid for {opened.settings.code_valid_days} days")
    say(f"Link for the phone: {opened.settings.public_url}/app/#enrol={code}")


def _is_next_lent(connection: Connection, participant: str, at: datetime) -> bool:
    active = installations.active(connection, participant)
    is_waiting = codes.waiting(connection, participant, at) is not None
    return is_next_lent(
        facts_of(connection, participant), [active.device] if active else [], is_code_waiting=is_waiting
    )
