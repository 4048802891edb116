"""`xerodiary reminders`: what was sent and what failed, and whether a channel works."""

import sys
from datetime import datetime
from typing import Annotated

import typer

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.facts import Channel as Name
from server.commands.surroundings import say, services, table
from server.db.engine import reading
from server.db.writer import LAST
from server.intake.reaching import email_from, phone_from
from server.reminders.bounces import MOST_BYTES, Came, read, take_in
from server.reminders.channel import Letter, Outcome, Sent, Trouble
from server.reminders.channels import channel_of
from server.reminders.evidence import Line, failed, ledger
from server.reminders.routes import usable
from server.reminders.texts import words
from server.services import Services

app = typer.Typer(help="See what became of reminders; try a channel.", no_args_is_help=True)
DAYS = ["%Y-%m-%d"]
HEADINGS = (
    "participant", "day", "no", "due", "state", "channel", "claimed", "sent", "receipt", "code",
    "app opened", "entry started", "entry saved",
)  # fmt: skip

REMEDIES = {
    Trouble.UNREACHABLE: "Check host and port, and that this machine may connect there.",
    Trouble.TIMED_OUT: "Check host and port, and whether a firewall swallows the connection.",
    Trouble.CONNECTION_LOST: "Try again; if it stays so, ask whoever runs the mail server or gateway.",
    Trouble.ANSWER_LOST: "See whether it arrived; if it did, ask whoever runs the mail server or gateway why it hangs.",
    Trouble.TLS_FAILED: "Check XERODIARY_SMTP_SECURITY and the server's certificate.",
    Trouble.LOG_IN_REFUSED: "Check XERODIARY_SMTP_USER and XERODIARY_SMTP_PASSWORD.",
    Trouble.SENDER_REFUSED: "Check XERODIARY_SMTP_SENDER, and that this log-in may send from it.",
    Trouble.RECIPIENT_REFUSED: "Check the address; with a gateway also its key in XERODIARY_SMS_URL.",
    Trouble.CONTENT_REFUSED: "Ask whoever runs the mail server why it takes no such message.",
    Trouble.TRY_LATER: "Wait a few minutes; reminders are tried again by themselves.",
    Trouble.PROVIDER_FAULT: "Wait and try again; if it stays so, ask whoever runs the gateway.",
    Trouble.ANSWER_UNREADABLE: "Check that host and port are those of a mail server or gateway.",
    Trouble.REDIRECTED: "Name the address that the gateway leads to in XERODIARY_SMS_URL.",
    Trouble.NOT_SET_UP: "XERODIARY_SMS_URL is no URL that Apprise knows.",
    Trouble.NOT_WRITTEN: "Check that the var folder can be written and has room.",
    Trouble.NO_ADDRESS: "Name an address.",
    Trouble.TOO_TELLING: "Choose a display name, a sender and a public address that tell nothing.",
    Trouble.FAULT: "The server's own log says reminder_fault; report it as a fault of this software.",
}


BOUNCES = {
    Came.NOTED: "Nothing more is sent to that address; the coordinator is told.",
    Came.KNOWN: "Nothing was sent to that address any more.",
    Came.CORRECTED: "The address was changed or confirmed since; nothing is done.",
    Came.NOT_FOR_GOOD: "It says nothing of the address that stays; nothing is done.",
    Came.NOT_OURS: "It is no report of a reminder of the last two weeks; nothing is done.",
}


@app.command("list")
def list_all(
    participant: Annotated[str | None, typer.Option(help="Pseudonym; everybody otherwise.")] = None,
    start: Annotated[datetime | None, typer.Option("--from", formats=DAYS, help="First diary day.")] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=DAYS, help="Last diary day.")] = None,
) -> None:
    """List each reminder: due, claimed, sent, receipt or code, app opened, entry started, entry saved (UTC)."""
    first, last = start and start.date(), end and end.date()
    with services() as opened, reading(opened.engine) as connection:
        found = ledger(connection, participant=participant, first=first, last=last)
    table(HEADINGS, [_row(line) for line in found])


@app.command("failed")
def list_failed() -> None:
    """List the reminders that failed for good, newest first."""
    with services() as opened, reading(opened.engine) as connection:
        found = failed(connection)
    if not found:
        say("No reminder has failed for good.")
        return
    table(HEADINGS, [_row(line) for line in found])


@app.command("test")
def test_channel(
    channel: Annotated[Name, typer.Option(help="email or sms; push is tried on the phone, in its settings.")],
    to: Annotated[str, typer.Option(help="Address or telephone number of your own; kept nowhere.")],
) -> None:
    """Send one reminder to yourself and say what came back."""
    if channel is Name.PUSH:
        raise CommandRefused(
            Code.CHANNEL_NOT_SET_UP,
            "Only a phone can be pushed to.",
            "Tap on the test reminder in the diary's settings.",
        )
    address = email_from(to) if channel is Name.EMAIL else phone_from(to)
    if not address:
        raise CommandRefused(Code.CONTACT_INVALID, "There is nobody to send it to.", "Name an address with --to.")
    with services() as opened:
        _refuse_without(opened, channel)
        outcome = _send(opened, channel, address)
    if isinstance(outcome, Sent):
        say(f"The message was taken{f', receipt {outcome.receipt}' if outcome.receipt else ''}.")
        return
    lasting = "and another try would fare no better" if outcome.final else "and would be tried again"
    raise CommandRefused(
        Code.MESSAGE_NOT_SENT, f"The message was not taken: {outcome.trouble}, {lasting}.", REMEDIES[outcome.trouble]
    )


@app.command("bounced")
def take_bounce() -> None:
    """Take in one mail that came back, from standard input: a refused address gets no more reminders."""
    report = read(sys.stdin.buffer.read(MOST_BYTES))
    with services() as opened:
        now = opened.environment.now()
        came = opened.writer.run(LAST, lambda connection: take_in(connection, opened, report, now))
    say(BOUNCES[came])


def _refuse_without(opened: Services, channel: Name) -> None:
    if channel not in usable(opened.settings).channels:
        setting = "XERODIARY_SMTP_HOST" if channel is Name.EMAIL else "XERODIARY_SMS_URL"
        raise CommandRefused(
            Code.CHANNEL_NOT_SET_UP, f"There is no way to send by {channel} here.", f"Set {setting} first."
        )


def _send(opened: Services, channel: Name, address: str) -> Outcome:
    at, study = opened.environment.now(), opened.study
    said = words(study, study.languages[0], opened.settings)
    mark = opened.environment.random_bytes(16).hex()
    with channel_of(opened, channel).session() as session:
        return session.send(Letter(address, mark, said.subject, said.text, said.sender, at))


def _row(line: Line) -> tuple[object, ...]:
    one = line.reminder
    return (
        one.participant, one.diary_day, one.number, one.due_at, one.state, one.channel or None, line.claimed_at,
        line.sent_at, line.receipt or None, line.code or None, line.opened_at, line.started_at, line.saved_at,
    )  # fmt: skip
