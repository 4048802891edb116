"""`xerodiary export`: the study's data for a sponsor, as one bundle."""

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.times import format_utc
from server.commands.surroundings import COMMAND_LINE, Progress, say, services
from server.export.content import OVER, CutKind
from server.export.formats import EVERYTHING, Format
from server.export.running import make_bundle
from server.export.wanted import Made, Scope, Wanted
from server.services import Services

Choice = StrEnum("Choice", {"ALL": "all", **{one.name: one.value for one in Format}})  # type: ignore[misc]


def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write; must not exist or be empty.")],
    format: Annotated[
        list[Choice] | None, typer.Option(help="One or more of them; all unless named.", show_default=False)
    ] = None,
    cut: Annotated[
        CutKind,
        typer.Option(help="interim: what is unknown may still come. final: it counts as not done."),
    ] = CutKind.INTERIM,
    cutoff: Annotated[
        str | None,
        typer.Option(
            help="What the server had received by then: a date (to its end, UTC) or a moment with its offset, such as "
            "2027-03-01T12:00+01:00; one minute ago otherwise.",
            show_default=False,
        ),
    ] = None,
    scope: Annotated[
        Scope, typer.Option(help="archive adds every fact verbatim, from which a server can be rebuilt.")
    ] = Scope.SPONSOR,
    test: Annotated[
        bool, typer.Option("--test", help="Dummy participants instead, marked TEST, to try the transfer with.")
    ] = False,
) -> None:
    """Write everything known at a moment in every standard, all of it or nothing; the trail notes that it was taken."""
    wanted = Wanted(cut, moment_of(cutoff), formats_of(format or []), scope, test)
    with services() as opened:
        made = _make(opened, folder, wanted)
    counts = made.counts
    say(f"{made.folder}: {made.files} files, {cut.value} cut at {format_utc(made.cut.at)}")
    days = ", ".join(f"{counts[state]} {state.value}" for state in OVER)
    say(f"{counts['participants']} participants, {counts['expected']} expected days: {days}")
    say(f"{counts['answers']} answers in {counts['entries']} entries")
    say(f"Content  {made.cut.content_sha256}")
    say(f"Manifest {made.manifest_sha256}")
    say(f"Check it anywhere: xerodiary verify {made.folder} --manifest {made.manifest_sha256}")
    say(f"or: python {made.folder / 'verify.py'} --manifest {made.manifest_sha256}")


def moment_of(text: str | None) -> datetime | None:
    """A date means its end in UTC, a moment needs an offset. Raises `CommandRefused` (request_invalid)."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _no_moment(text) from error
    if len(text) == len("2027-03-01"):
        return datetime.combine(moment.date() + timedelta(days=1), time.min, UTC) - timedelta(milliseconds=1)
    if moment.tzinfo is None:
        raise _no_moment(text)
    return moment.astimezone(UTC)


def formats_of(chosen: list[Choice]) -> frozenset[Format]:
    """Nothing chosen means everything."""
    named = {one.value for one in chosen}
    return EVERYTHING if not named or "all" in named else frozenset(Format(one) for one in named)


def _make(opened: Services, folder: Path, wanted: Wanted) -> Made:
    progress = Progress("Exporting", 100)
    from server.simulate.transfer import make_test_bundle  # noqa: PLC0415 - phones come along, for whom dummies live

    make = make_test_bundle if wanted.is_test else make_bundle
    return make(
        opened,
        folder,
        wanted,
        author=COMMAND_LINE,
        progress=lambda done, whole: progress.at(100 * done // whole if whole else 100),
    )


def _no_moment(text: str) -> CommandRefused:
    return CommandRefused(
        Code.REQUEST_INVALID,
        f"{text} is neither a date nor a moment with its offset.",
        "Write 2027-03-01, or 2027-03-01T12:00+01:00.",
    )
