"""`xerodiary qualify`: whether this installation is sound, and whether the program does here what it must."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import make_url

from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import Code, CommandRefused
from server.commands.surroundings import say, table
from server.qualify import report
from server.qualify.finding import Finding, Verdict, failed, summary
from server.settings import load_settings

INSTALLATION, OPERATION = "Installation", "Operation"
HEADINGS = ("check", "expected", "seen", "verdict")
_WIDEST = 60


def qualify(
    report_folder: Annotated[
        Path | None, typer.Option("--report", help="Folder for a page to sign, and the same as JSON.")
    ] = None,
    mail_to: Annotated[str, typer.Option(help="Your own address, for a test message.")] = "",
    sms_to: Annotated[str, typer.Option(help="Your own telephone number, for a test message.")] = "",
    only: Annotated[str, typer.Option(help="installation or operation; both otherwise.")] = "",
    scratch_database: Annotated[
        str, typer.Option(help="An empty database to walk in, which may be thrown away; an SQLite file otherwise.")
    ] = "",
) -> None:
    """Check this server, and walk through a scratch study; the live database is only read. Exit status 1 on failure."""
    from server.qualify.installation import Asked, installation  # noqa: PLC0415 - no other start waits for them
    from server.qualify.operation import operation  # noqa: PLC0415

    settings, environment = load_settings(), SystemEnvironment()
    parts: dict[str, list[Finding]] = {}
    if _wanted(only, INSTALLATION):
        parts[INSTALLATION] = list(installation(settings, environment, Asked(mail_to, sms_to)))
    if _wanted(only, OPERATION):
        parts[OPERATION] = operation(scratch_database)
    for title, found in parts.items():
        _show(title, found)
    if report_folder is not None:
        url = make_url(settings.database_url)
        where = f"{url.get_backend_name()} {url.host or ''} {url.database or ''}"
        about = report.About(
            settings.public_url, " ".join(where.split()), str(settings.study_file or settings.study), environment.now()
        )
        say(f"Report: {', '.join(str(file) for file in report.write(report_folder, about, parts))}")
    if bad := [one for found in parts.values() for one in failed(found)]:
        raise CommandRefused(
            Code.QUALIFICATION_FAILED, f"{len(bad)} checks failed.", "See what is said beside each; then run it again."
        )


def _wanted(only: str, part: str) -> bool:
    if only not in ("", INSTALLATION.lower(), OPERATION.lower()):
        raise CommandRefused(
            Code.REQUEST_INVALID, f"There is no part {only}.", "Say --only installation or --only operation."
        )
    return only in ("", part.lower())


def _show(title: str, found: list[Finding]) -> None:
    say(f"{title}: {summary(found)}")
    table(HEADINGS, [(one.name, _short(one.expected), _short(one.seen), one.verdict.value) for one in found])
    for one in found:
        if one.verdict is not Verdict.PASSED:
            say(f"  {one.name}: {one.seen}. {one.remedy}")
    say()


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."
