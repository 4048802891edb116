"""The page for taking data out, the state of what is being made, and the file itself."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated

from babel.numbers import format_decimal
from fastapi import Depends, Form, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from diary_app.core.catalogue import message
from diary_app.core.errors import Code, RequestRefused, XerodiaryError
from diary_app.core.study import Site
from diary_app.core.times import wall_to_utc
from server.access.dependencies import not_allowed
from server.access.roles import Permission
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.exports import register
from server.console.listing import table
from server.db.site_facts import EVERYWHERE
from server.export import running
from server.export.content import CutKind
from server.export.cutting import newest_moment, require_past
from server.export.formats import EVERYTHING, Format
from server.export.running import Job, Maker, Stage
from server.export.wanted import Wanted

PATH = "/console/exports"
_YEARS = range(2000, 2101)
FORMATS = {
    Format.CSV: message("CSV: tables for spreadsheets and statistics"),
    Format.SDTM: message("SDTM: QS and SUPPQS as XPT and Dataset-JSON, with Define-XML"),
    Format.ADAM: message("ADaM: ADQS, by day and by week"),
    Format.ODM: message("ODM: every transaction with its audit record"),
    Format.FHIR: message("FHIR: questionnaires and responses"),
    Format.TRAIL: message("Trail: who changed what, when and why"),
}
CUTS = {
    CutKind.INTERIM: message("Interim: an evening that is not heard from or not decided stays open"),
    CutKind.FINAL: message("Final: an evening that is not heard from or not decided counts as not done"),
}
router = routes()


def test_bundle_of(request: Request) -> Maker | None:
    """What makes bundles of dummies; None where the server was put together without."""
    found: Maker | None = request.app.state.test_bundle
    return found


TestBundleDep = Annotated[Maker | None, Depends(test_bundle_of)]


@router.get("/exports")
def show(desk: DeskDep, test_bundle: TestBundleDep) -> Response:
    """What is being made and what is ready, the form, and what was taken before."""
    return _page(desk, test_bundle)


@router.post("/exports")
def begin(
    desk: FormDeskDep,
    test_bundle: TestBundleDep,
    cut: Annotated[str, Form(max_length=20)] = "",
    until: Annotated[str, Form(max_length=20)] = "",
    format: Annotated[list[str] | None, Form(max_length=20)] = None,
    site: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """Start a bundle; it is made in the background."""
    try:
        wanted = Wanted(
            _cut(cut), _until(desk, until), _formats(desk, format or []), sites=_sites(desk, site)
        )  # fmt: skip
        _start(desk, wanted, running.make_bundle)
    except XerodiaryError as refusal:
        return _page(desk, test_bundle, refusal)
    return desk.to(PATH, "export_begun")


@router.post("/exports/test")
def begin_test(desk: FormDeskDep, test_bundle: TestBundleDep) -> Response:
    """Start a bundle of dummies; it reads nobody's answers, so that everybody who may export states may try it."""
    if test_bundle is None:
        raise _gone()
    try:
        _start(desk, Wanted(CutKind.INTERIM, is_test=True), test_bundle)
    except XerodiaryError as refusal:
        return _page(desk, test_bundle, refusal)
    return desk.to(PATH, "export_begun")


@router.get("/exports/{job}/progress")
def tell_progress(desk: DeskDep, job: str) -> Response:
    """For the page's script: how far it is."""
    found = _job(desk, job)
    return JSONResponse({"stage": found.stage, "percent": found.percent}, headers={"Cache-Control": "no-store"})


@router.get("/exports/{job}/file")
def take(desk: DeskDep, job: str) -> Response:
    """The file. Whoever has lost the right since does not get it."""
    found = _job(desk, job)
    if not running.is_kept(desk.services, found):
        raise _gone()
    if not found.is_test:
        _require_rights(desk, found.formats, found.sites)
    return FileResponse(
        running.file_of(desk.services, found), media_type="application/zip", filename=running.name_of(found),
        headers={"Cache-Control": "no-store"},
    )  # fmt: skip


def _start(desk: Desk, wanted: Wanted, make: Maker) -> None:
    running.start(desk.services, wanted, desk.staff.account, make)


def _page(desk: Desk, test_bundle: Maker | None, refusal: XerodiaryError | None = None) -> Response:
    everywhere = desk.may(Permission.SEE_TRAIL, EVERYWHERE) or desk.may(Permission.EXPORT_ANSWERS, EVERYWHERE)
    with desk.reading() as connection:
        rows = register.taken(connection, desk.staff.account, desk.site_ids, everywhere=everywhere)
    taken = table(register.columns(desk.calendar, desk.say), rows, PATH, desk.query, name="r")
    if taken.wants_csv:
        return taken.csv("extracts", desk.say)
    may_answers = bool(desk.sites_for(Permission.EXPORT_ANSWERS))
    return desk.page(
        "exports/page.html", refusal=refusal, taken=taken,
        jobs=[_shown(desk, job) for job in running.jobs_of(desk.services, desk.staff.account)],
        formats=[(one.value, desk.say(words)) for one, words in FORMATS.items()] if may_answers else [],
        cuts=[(one.value, desk.say(words)) for one, words in CUTS.items()],
        sites=[(one.id, f"{one.number} {one.name}") for one in _theirs(desk)], everywhere=_everywhere(desk),
        latest=desk.calendar.moment(newest_moment(desk.now)), today=desk.calendar.today.isoformat(),
        kept_days=running.KEPT_FOR.days, has_test=test_bundle is not None,
    )  # fmt: skip


def _shown(desk: Desk, job: Job) -> dict[str, object]:
    """One run as the page lists it."""
    what = desk.say("Test transfer") if job.is_test else desk.say(_SHORT[job.kind])
    words = {
        Stage.RUNNING: message("is being made"),
        Stage.READY: message("ready"),
        Stage.FAILED: message("could not be made ({code}). Try again; if it fails, tell whoever runs the server."),
        Stage.STOPPED: message("was cut off when the server ended. Start it again."),
    }[job.stage]
    return {
        "id": job.id, "what": what, "stage": job.stage.value, "percent": job.percent,
        "words": desk.say(_FAILED.get(job.code, words), code=job.code), "asked": desk.calendar.moment(job.asked_at),
        "at": desk.calendar.moment(job.at) if job.at else "", "sha256": job.sha256,
        "manifest_sha256": job.manifest_sha256, "size": _size(job.bytes, desk.staff.language),
        "participants": job.participants,
        "sites": desk.say("all sites") if job.sites is None else ", ".join(_called(desk, job.sites)),
    }  # fmt: skip


#: Why a bundle could not be made, where whoever asked for it can do something about it.
_FAILED: Mapping[str, str] = {
    Code.CUT_BEFORE_STUDY: message(
        "could not be made: no version of the study was in use yet at that moment. Choose a later day. ({code})"
    ),
}
_SHORT = {CutKind.INTERIM: message("Interim cut"), CutKind.FINAL: message("Final cut")}


def _cut(text: str) -> CutKind:
    try:
        return CutKind(text)
    except ValueError:
        raise _refused("No kind of cut is chosen.", "Choose interim or final.") from None


def _until(desk: Desk, text: str) -> datetime | None:
    """The end of the chosen day where they are, or now when it is today or empty. Raises `XerodiaryError`."""
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        raise _refused("The date cannot be read.", "Type it as year-month-day, such as 2026-11-22.")
    if day == desk.calendar.today:
        return None
    end = wall_to_utc(day + timedelta(days=1), 0, desk.calendar.zone, last=False) - timedelta(milliseconds=1)
    require_past(end, desk.now)
    return end


def _formats(desk: Desk, chosen: list[str]) -> frozenset[Format]:
    """Nothing chosen means everything, or the states for whoever may not export answers."""
    if not desk.may(Permission.EXPORT_ANSWERS):
        return frozenset({Format.STATES})
    found = frozenset(one for one in EVERYTHING if one.value in chosen)
    if len(found) != len(set(chosen)):
        raise _refused("There is no such format.", "Choose among those that are listed.")
    return found or EVERYTHING


def _sites(desk: Desk, chosen: str) -> frozenset[str] | None:
    """None for everybody's; only whoever has the right everywhere may leave it open."""
    theirs = frozenset(one.id for one in _theirs(desk))
    if chosen and chosen not in theirs:
        raise not_allowed()
    if chosen:
        return frozenset({chosen})
    return None if _everywhere(desk) else theirs


def _theirs(desk: Desk) -> tuple[Site, ...]:
    return desk.sites_for(_needed(desk))


def _everywhere(desk: Desk) -> bool:
    return desk.may(_needed(desk), EVERYWHERE)


def _needed(desk: Desk) -> Permission:
    """The answers for whoever may have them anywhere, else the states."""
    return Permission.EXPORT_ANSWERS if desk.may(Permission.EXPORT_ANSWERS) else Permission.EXPORT_STATES


def _require_rights(desk: Desk, formats: tuple[str, ...], sites: tuple[str, ...] | None) -> None:
    needed = Permission.EXPORT_STATES if formats == (Format.STATES.value,) else Permission.EXPORT_ANSWERS
    if not all(desk.may(needed, site) for site in sites or (EVERYWHERE,)):
        raise not_allowed()


def _job(desk: Desk, name: str) -> Job:
    found = running.job_of(desk.services, desk.staff.account, name)
    if found is None:
        raise _gone()
    return found


def _called(desk: Desk, sites: Iterable[str]) -> list[str]:
    return [site.name for site in desk.services.study.sites if site.id in set(sites)]


def _size(count: int, language: str) -> str:
    if count < 100_000:
        return f"{max(1, count // 1000)} kB"
    return f"{format_decimal(count / 1_000_000, '0.0', locale=language)} MB"


def _gone() -> RequestRefused:
    return RequestRefused(Code.NOT_FOUND, "There is no such file here.", "Make the export again.")


def _refused(pattern: str, remedy: str) -> RequestRefused:
    return RequestRefused(Code.REQUEST_INVALID, pattern, remedy)
