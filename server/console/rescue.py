"""The page that takes in a rescue file, or the codes that stand for one, from a phone that cannot send by itself."""

from dataclasses import dataclass
from functools import partial

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from diary_app.core.rescue import MAX_FILE_BYTES, RescueFile, RescueRefused, too_large
from diary_app.core.rescue_codes import read_codes, read_handed_over
from server.access import sessions
from server.console.desk import Desk, DeskDep, routes
from server.intake import rescue as intake
from server.intake.rescue import Rescued
from server.logs import logger

_ROOM_FOR_THE_FORM = 4096

router = routes()
_log = logger()


@dataclass(frozen=True)
class _HandedOver:
    """One of the two forms; without `codes` it is that of the file."""

    file: bytes = b""
    codes: str | None = None

    def read(self) -> RescueFile:
        """Raises `RescueRefused`."""
        return read_handed_over(self.file) if self.codes is None else read_codes(self.codes)


@router.get("/rescue")
def show_form(desk: DeskDep) -> Response:
    """Where a file is chosen, or codes are scanned."""
    return _page(desk)


@router.post("/rescue")
async def take_in(request: Request, desk: DeskDep) -> Response:
    """Take in what is handed over and say what became of it; the form is read only once it is known whose it is.

    Codes that are refused stay in their field: what is missing is scanned to them.
    """
    handed_over = _HandedOver()
    try:
        handed_over = await _handed_over(request, desk)
        file = await run_in_threadpool(handed_over.read)
        found = await run_in_threadpool(_taken_in, desk, file)
    except RescueRefused as refusal:
        return await run_in_threadpool(partial(_page, desk, refusal=refusal, codes=handed_over.codes))
    return await run_in_threadpool(partial(_page, desk, found=found, left_out=file.left_out))


def _taken_in(desk: Desk, file: RescueFile) -> tuple[Rescued, ...]:
    found = intake.take_in(desk.services, file, desk.now, desk.site_ids, author=desk.staff.account)
    for one in found:
        desk.changed()
        _log.info(
            "rescue_taken_in", account=desk.staff.account, participant=one.participant,
            taken_in=one.taken_in, known=one.known, set_aside=one.set_aside,
        )  # fmt: skip
    return found


async def _handed_over(request: Request, desk: Desk) -> _HandedOver:
    """What the form holds. Raises `RescueRefused`, `RequestRefused` for a form that is not their own."""
    stated = request.headers.get("content-length", "")
    if not stated.isdecimal() or int(stated[:20]) > MAX_FILE_BYTES + _ROOM_FOR_THE_FORM:
        raise too_large()
    async with request.form(max_files=1, max_fields=2, max_part_size=MAX_FILE_BYTES) as form:
        csrf, file, codes = form.get("csrf"), form.get("file"), form.get("codes")
        sessions.check_csrf(desk.staff, csrf if isinstance(csrf, str) else "")
        if isinstance(codes, str):
            return _HandedOver(codes=codes)
        return _HandedOver(await file.read() if isinstance(file, UploadFile) else b"")


def _page(
    desk: Desk, *, found: tuple[Rescued, ...] | None = None, left_out: int = 0, refusal: RescueRefused | None = None,
    codes: str | None = None,
) -> Response:  # fmt: skip
    return desk.page("rescue.html", found=found, left_out=left_out, refusal=refusal, codes=codes)
