"""`xerodiary study`: look at a study file before it reaches anybody."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from diary_app import resources
from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import Code, CommandRefused, FileProblem, XerodiaryError
from diary_app.core.study import Study, parse_study
from diary_app.core.study_check import check_study
from diary_app.core.study_frozen import amendment_problems
from diary_app.core.study_values import wall_minutes
from diary_app.core.windows import HORIZON_DAYS
from server.commands import rehearse as rehearsing
from server.commands.preview import of_anybody, of_participant
from server.commands.surroundings import say
from server.intake.outlook import Span
from server.licensing import read_folder
from server.live_study import not_sensible
from server.rehearsal.ground import opened
from server.rehearsal.rehearsing import MOST_DAYS as MOST_REHEARSED
from server.rehearsal.rehearsing import USUAL_DAYS, Rehearsal
from server.settings import load_settings

app = typer.Typer(help="Check and describe study files.", no_args_is_help=True)
File = Annotated[Path | None, typer.Argument(help="A study file; without one, the study that comes along.")]
DAYS = ["%Y-%m-%d"]
MOST_DAYS = 3 * 366
Licences = Annotated[
    Path | None,
    typer.Option(envvar="XERODIARY_LICENCE_FOLDER", help="Folder with the licence and wording files of the study."),
]


@app.command()
def check(file: File = None, licences: Licences = None) -> None:
    """Name every fault of a study file and of its licences with line, key and remedy.

    Where the study runs on this machine, also what a new version may not change.
    """
    study, licensed = _read(file), read_folder(licences)
    for one in licensed.files:
        say(f'{one.name}: wording_sha256 = "{one.worded.fingerprint}"')
    today, name = SystemEnvironment().now().date(), str(file or "")
    live = _against_the_live_one(study, name, today)
    lacking = check_study(study, resources.instruments(), resources.LANGUAGES, file=name)
    problems = (*lacking, *not_sensible(study, live.versions, today, file=name))
    unlicensed = licensed.activation_problems(study, resources.instruments(), today, file=name)
    for problem in (*problems, *live.forbidden, *unlicensed):
        say(str(problem))
    if problems:
        raise CommandRefused(Code.STUDY_INVALID, f"{len(problems)} faults found.", "Correct them and check again.")
    if live.forbidden:
        raise CommandRefused(
            Code.AMENDMENT_FORBIDDEN, "This version may not follow the one in use.", "Correct it and check again."
        )
    if unlicensed:
        remedy = "Correct the lines named and check again."
        raise CommandRefused(Code.WORDING_NOT_INSTALLED, "A licensed questionnaire has no wording here.", remedy)
    say(f"{study.id} version {study.version}: no faults.")
    if study.is_demonstration:
        say("It is a demonstration until protocol version, ethics reference and DPIA reference are all given.")


@app.command()
def show(file: File = None) -> None:
    """Describe a study in a few lines."""
    study = _read(file)
    say(f"{study.title} ({study.registry})")
    say(f"Version {study.version}, languages {', '.join(study.languages)}, SHA-256 {study.sha256}")
    for site in study.sites:
        say(f"Site {site.number} {site.name} ({site.id}), {site.zone}")
    for rule in study.diary.windows:
        chosen = " (default)" if rule.id == study.diary.default_window else ""
        span = f"{_wall(rule.opens)} to {_wall(rule.closes)}, late until {_wall(rule.late_until)}"
        say(f"Window {rule.id}{chosen}: {span}")


@app.command()
def preview(
    file: File = None,
    participant: Annotated[str | None, typer.Option(help="Pseudonym: as the database knows them.")] = None,
    window: Annotated[str | None, typer.Option(help="One of the study's window choices.")] = None,
    zone: Annotated[str | None, typer.Option(help="Home time zone; the first site's when not given.")] = None,
    usual: Annotated[str | None, typer.Option(help="Usual time of the first prompt, as 19:30.")] = None,
    start: Annotated[datetime | None, typer.Option("--from", formats=DAYS, help="First day; today by default.")] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=DAYS, help="Last day; two weeks by default.")] = None,
) -> None:
    """List evenings and prompts, also dropped ones with the reason, of any range of days."""
    first = start.date() if start else SystemEnvironment().now().date()
    span = Span(first, end.date() if end else first + timedelta(days=HORIZON_DAYS))
    if not 0 <= (span.end - span.start).days <= MOST_DAYS:
        raise CommandRefused(
            Code.SETTING_INVALID, "There are no such days.", f"Name a last day up to {MOST_DAYS} days after the first."
        )
    if participant and any((file, window, zone, usual)):
        raise CommandRefused(
            Code.SETTING_INVALID, "A participant has a window, a zone and times already.", "Name only the days as well."
        )
    if participant:
        of_participant(participant, span)
    else:
        of_anybody(_read(file), span, window=window, home=zone, usual=_minutes(usual))


@app.command()
def rehearse(
    file: Annotated[Path, typer.Argument(help="The study file that is to go live next.")],
    participant: Annotated[
        str | None, typer.Option(help="Pseudonym: everything of one person, before and after.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=MOST_REHEARSED, help="How many days ahead.")] = USUAL_DAYS,
    everybody: Annotated[bool, typer.Option("--everybody", help="List also who sees no change.")] = False,
    form: Annotated[rehearsing.Form, typer.Option("--format", help="A table to read, or CSV.")] = rehearsing.Form.TABLE,
) -> None:
    """Say what a new version would do to everybody who is in the study; nothing is written, nothing goes live."""
    raw, now = rehearsing.read_file(file), SystemEnvironment().now()
    settings = load_settings()
    with opened(settings, now.date()) as found:
        study = rehearsing.proposed_of(raw, file, found)
        rehearsal = Rehearsal(found.connection, settings, found.ground.versions, study, now, days)
        if participant:
            rehearsing.of_one(rehearsal, participant, form=form)
        else:
            rehearsing.of_everybody(rehearsal, everybody=everybody, form=form)


@dataclass(frozen=True)
class _Live:
    """Versions that were live here, oldest first, and what the new one may not change of them."""

    versions: tuple[Study, ...] = ()
    forbidden: tuple[FileProblem, ...] = ()


def _against_the_live_one(study: Study, file: str, today: date) -> _Live:
    """Where this machine has a database in which the study runs; else it says that nothing was compared."""
    try:
        with opened(load_settings(), today) as found:
            ground = found.ground
            if study.id == ground.live.id:
                live = tuple(one.study for one in ground.versions)
                known = resources.instruments()
                return _Live(live, amendment_problems(live, study, known, ground.inhabited, file=file))
            why = f"Here runs study {ground.live.id}."
    except XerodiaryError as error:
        why = error.message
    say(f"Not compared with a version in use. {why}")
    return _Live()


def _minutes(text: str | None) -> int | None:
    try:
        return None if text is None else wall_minutes(text)
    except ValueError as error:
        raise CommandRefused(Code.SETTING_INVALID, f"{text} is no time of day.", "Write it as 19:30.") from error


def _wall(minutes: int) -> str:
    return f"{'next day ' if minutes >= 1440 else ''}{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _read(file: Path | None) -> Study:
    if file is None:
        study = resources.study_ids()[0]
        return parse_study(resources.study_text(study), file=f"studies/{study}.toml")
    try:
        return parse_study(file.read_text(encoding="utf-8"), file=str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandRefused(Code.NOT_FOUND, f"{file} cannot be read.", "Name a TOML file saved as UTF-8.") from error
