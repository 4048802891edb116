"""The page that takes in a rescue file from a phone that cannot send by itself."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from diary_app.core.rescue import MAX_FILE_BYTES, RescueRefused, too_large
from server.access import sessions
from server.access.dependencies import StaffDep, require
from server.access.roles import Permission
from server.access.sessions import Staff
from server.console.pages import render
from server.dependencies import ServicesDep
from server.errors import answer_for
from server.intake.rescue import Rescued, rescue
from server.logs import logger
from server.services import Services

HERE = "/console/rescue"
_ROOM_FOR_THE_FORM = 4096

router = APIRouter(prefix="/console", include_in_schema=False)
_log = logger()


@router.get("/rescue")
def show_form(services: ServicesDep, staff: StaffDep) -> Response:
    """Where a file is chosen."""
    require(staff, Permission.MANAGE_PHONE)
    return _page(services, staff)


@router.post("/rescue")
async def take_in(request: Request, services: ServicesDep, staff: StaffDep) -> Response:
    """Take in the file and say what became of it; the form is read only once it is known whose it is."""
    require(staff, Permission.MANAGE_PHONE)
    try:
        data = await _file_in(request, staff)
        found = await run_in_threadpool(_taken_in, services, staff, data)
    except RescueRefused as refusal:
        return _page(services, staff, refusal=refusal)
    return _page(services, staff, found=found)


def _taken_in(services: Services, staff: Staff, data: bytes) -> tuple[Rescued, ...]:
    sites = staff.rights.sites(Permission.MANAGE_PHONE, [site.id for site in services.study.sites])
    found = rescue(services, data, services.environment.now(), sites)
    for one in found:
        _log.info(
            "rescue_taken_in", account=staff.account, participant=one.participant,
            taken_in=one.taken_in, known=one.known, set_aside=one.set_aside,
        )  # fmt: skip
    return found


async def _file_in(request: Request, staff: Staff) -> bytes:
    """The file of the form. Raises `RescueRefused`, `RequestRefused` for a form that is not their own."""
    stated = request.headers.get("content-length", "")
    if not stated.isdecimal() or int(stated) > MAX_FILE_BYTES + _ROOM_FOR_THE_FORM:
        raise too_large()
    async with request.form(max_files=1, max_fields=2) as form:
        csrf, file = form.get("csrf"), form.get("file")
        sessions.check_csrf(staff, csrf if isinstance(csrf, str) else "")
        return await file.read() if isinstance(file, UploadFile) else b""


def _page(
    services: Services, staff: Staff, *, found: tuple[Rescued, ...] | None = None, refusal: RescueRefused | None = None
) -> Response:
    status = answer_for(refusal)[1] if refusal else 200
    return render(
        "rescue.html", services, staff.language, staff=staff, status=status, here=HERE, found=found, refusal=refusal
    )
