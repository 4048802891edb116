"""What the server reaches and how it is reached: its https address, mail, text messages, backups."""

import socket
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from diary_app.core.environment import Environment
from diary_app.core.errors import XerodiaryError
from server.backup import making, restoring
from server.backup.standing import LONGEST
from server.clocks import is_ahead
from server.live_study import read_study
from server.qualify.finding import Finding, Verdict, held, left_open
from server.reminders.channel import Channel, Letter, NotSent
from server.reminders.gateway import Gateway
from server.reminders.smtp import Smtp
from server.reminders.texts import words
from server.settings import Settings

PATIENCE_SECONDS = 10
CERTIFICATE_LASTS = timedelta(days=14)
_OK = 200


def address(settings: Settings, environment: Environment) -> Iterator[Finding]:
    """Somebody serves at the public address, over https, with a certificate that phones believe and that lasts."""
    name, expected = "address: answers", "200 to /healthz"
    parts = urlsplit(settings.public_url)
    remedy = "Check DNS, firewall, reverse proxy and certificate, and that `xerodiary serve` runs."
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    try:
        with closing(connection):
            connection.request("GET", "/healthz")
            ends = _certificate_ends(connection.sock)
            status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        yield held(name, expected, str(error) or type(error).__name__, holds=False, remedy=remedy)
        return
    yield held(name, expected, status, holds=status == _OK, remedy=remedy)
    if ends is None:
        yield held("address: certificate", "one that phones believe", "none: plain http", holds=False, remedy=remedy)
        return
    left = ends - environment.now()
    yield held(
        "address: certificate", f"believed, and valid for {CERTIFICATE_LASTS.days} days more", f"until {ends:%Y-%m-%d}",
        holds=left >= CERTIFICATE_LASTS, remedy="Renew it; let a program do so by itself.",
    )  # fmt: skip


def _connection(scheme: str, host: str, port: int | None) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(host, port, timeout=PATIENCE_SECONDS, context=ssl.create_default_context())
    return HTTPConnection(host, port, timeout=PATIENCE_SECONDS)


def _certificate_ends(connected: socket.socket | None) -> datetime | None:
    if not isinstance(connected, ssl.SSLSocket):
        return None
    ends = (connected.getpeercert() or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(ends)), UTC) if ends else None


def messages(settings: Settings, environment: Environment, *, mail_to: str, sms_to: str) -> Iterator[Finding]:
    """A reminder like any other, to whoever checks; nothing is kept of it."""
    yield _message("mail", settings.smtp_host, mail_to, Smtp(settings), settings, environment)
    yield _message("text message", settings.sms_url, sms_to, Gateway(settings), settings, environment)


def _message(
    what: str, is_set_up: object, to: str, channel: Channel, settings: Settings, environment: Environment
) -> Finding:
    name, expected = f"messages: {what}", "taken by the server or gateway"
    if not is_set_up:
        return Finding(name, "not set up", "not set up", Verdict.PASSED)
    if not to:
        return left_open(name, expected, "no address was given", "Give one with --mail-to or --sms-to.")
    try:
        study = read_study(settings)
        said = words(study, study.languages[0], settings)
        letter = Letter(to, environment.random_bytes(16).hex(), said.subject, said.text, said.sender, environment.now())
        with channel.session() as session:
            outcome = session.send(letter)
    except XerodiaryError as error:
        return held(name, expected, error.message, holds=False, remedy=error.remedy)
    seen = f"not taken: {outcome.trouble}" if isinstance(outcome, NotSent) else f"taken, receipt {outcome.receipt}"
    return held(
        name, expected, seen, holds=not isinstance(outcome, NotSent),
        remedy="xerodiary reminders test says what to do.",
    )  # fmt: skip


def backups(settings: Settings, environment: Environment) -> Iterator[Finding]:
    """The newest one is of last night, whole, and can be restored; into a place that is thrown away."""
    name = "backup: newest"
    folder, now = settings.backup_folder, environment.now()
    if folder is None:
        return
    try:
        study = read_study(settings).id
        there = folder.iterdir() if folder.is_dir() else iter(())
        dated = [(made_at, file) for file in there if (made_at := making.moment_of(study, file.name))]
    except (OSError, XerodiaryError) as error:
        yield held(name, "one", str(error), holds=False, remedy="Check XERODIARY_BACKUP_FOLDER and the study file.")
        return
    if not dated:
        yield held(name, "one", f"none in {folder}", holds=False, remedy="xerodiary backup")
        return
    made_at, newest = max(dated, key=lambda one: (not is_ahead(one[0], now), one))  # a clock may have been ahead
    old, oldest = ((now - made_at).total_seconds() / 3600, LONGEST.total_seconds() / 3600)
    yield held(
        name, f"at most {oldest:.0f} hours old", f"{newest.name}, {old:.1f} hours old",
        holds=not is_ahead(made_at, now) and now - made_at <= LONGEST,
        remedy="Look for backup_failed in the log; xerodiary backup makes one.",
    )  # fmt: skip
    yield _restored(newest, settings, environment)


def _restored(file: Path, settings: Settings, environment: Environment) -> Finding:
    name, expected = "backup: restored", "whole, its trail holds together"
    with tempfile.TemporaryDirectory(prefix="xerodiary-qualify-") as scratch:
        elsewhere = settings.model_copy(
            update={
                "database_url": f"sqlite:///{scratch}/restored.sqlite", "database_owner_url": None,
                "var_folder": Path(scratch), "sealing_key_file": None, "push_key_file": None, "backup_folder": None,
            }
        )  # fmt: skip
        try:
            restored = restoring.restore(file, elsewhere, environment)
        except (OSError, XerodiaryError) as error:
            said = error.message if isinstance(error, XerodiaryError) else str(error)
            return held(name, expected, said, holds=False, remedy="Make another backup now, and keep the older ones.")
    rows = sum(restored.manifest.rows.values())
    return held(
        name, expected, f"{rows} rows, {restored.participants} participants, {restored.flaws} flaws",
        holds=not restored.flaws, remedy="xerodiary verify says where the trail does not hold.",
    )  # fmt: skip
