"""The page where a new version of the study is rehearsed: a file goes in, what it would do comes out, nothing stays.

The file comes back with the page in a hidden field, so that the next press of a button (another page of the table, one
person, a download) can be answered by any process, and nothing is kept on disk, in the database or in memory.
"""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.study import Study
from server.access import sessions
from server.console.desk import Desk, DeskDep, routes
from server.console.listing import PAGE, Table, table
from server.console.refusals import told_fault
from server.console.study.person_rehearsed import evening_columns, visit_columns
from server.console.study.rehearsed import Said, difference_columns, line_columns
from server.console.words import LANGUAGE_NAMES
from server.logs import logger
from server.rehearsal.comparing import Compared
from server.rehearsal.differences import differences
from server.rehearsal.ground import ground_of
from server.rehearsal.proposed import MAX_FILE_BYTES, ProposalRefused, read_proposed, too_large
from server.rehearsal.rehearsing import MOST_DAYS, USUAL_DAYS, Line, Rehearsal, Summary

PATH = "/console/study/rehearsal"
#: So many people are worked out for one page; a button goes on with those after them.
PORTION = 1000
_ROOM_FOR_THE_FORM = 8192
#: The file once as it is, or once in base64.
_LONGEST_FIELD = MAX_FILE_BYTES * 4 // 3 + 4
BUSY_SECONDS = 2
#: By the names that stand before what is asked of each.
TABLES = ("people", "file", "evenings", "visits")

router = routes()
_log = logger()
#: It is work for a processor: one at a time, so that phones are answered meanwhile.
ONE_AT_A_TIME = Lock()


class View(BaseModel):
    """What of the rehearsal is asked for, as the buttons say it; how its tables are arranged stands beside it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    participant: str = Field(default="", max_length=40)
    everybody: bool = False
    portion: int = Field(default=0, ge=0, le=100_000)


@dataclass(frozen=True)
class Handed:
    """What came with the form. `asked`: what the button asks for, word by word, as an address would elsewhere."""

    raw: bytes = b""
    name: str = ""
    days: int = USUAL_DAYS
    view: View = field(default_factory=View)
    asked: Mapping[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> str:
        """The file as the page carries it."""
        return b64encode(self.raw).decode()


@router.get("/study/rehearsal")
def show_form(desk: DeskDep) -> Response:
    """Where a file is chosen."""
    return _page(desk, Handed())


@router.post("/study/rehearsal")
async def rehearse(request: Request, desk: DeskDep) -> Response:
    """Work out what the file would do; the form is read only once it is known whose it is."""
    handed = Handed()
    try:
        handed = await _handed(request, desk)
        return await run_in_threadpool(_rehearsed, desk, handed)
    except ProposalRefused as refusal:
        return await run_in_threadpool(partial(_page, desk, Handed(days=handed.days), refusal=refusal))


async def _handed(request: Request, desk: Desk) -> Handed:
    """Raises `ProposalRefused`, `RequestRefused` for a form that is not their own."""
    stated = request.headers.get("content-length", "")
    if not stated.isdecimal() or int(stated[:20]) > 2 * _LONGEST_FIELD + _ROOM_FOR_THE_FORM:
        raise too_large()
    async with request.form(max_files=1, max_fields=12, max_part_size=_LONGEST_FIELD) as form:
        sessions.check_csrf(desk.staff, _text(form, "csrf"))
        file = form.get("file")
        if isinstance(file, UploadFile) and (file.filename or file.size):
            return Handed(await file.read(MAX_FILE_BYTES + 1), file.filename or "", _days(form))
        asked = _asked(form)
        return Handed(_carried(_text(form, "kept")), _text(form, "name"), _days(form), _view(asked), asked)


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _carried(kept: str) -> bytes:
    try:
        return b64decode(kept, validate=True)
    except (NotBase64, ValueError):
        raise ProposalRefused(
            Code.REQUEST_INVALID, "The file did not come back whole.", "Choose it once more."
        ) from None


def _days(form: FormData) -> int:
    text = _text(form, "days") or str(USUAL_DAYS)
    if not text.isdecimal() or not 1 <= int(text[:9]) <= MOST_DAYS:
        raise ProposalRefused(
            Code.REQUEST_INVALID, "So many days cannot be shown.", "Ask for 1 to {most} days.", most=MOST_DAYS
        )
    return int(text)


def _asked(form: FormData) -> Mapping[str, str]:
    """What the button asks for, and what stands in the fields that tables are searched with.

    A field that was emptied is searched with nothing, and another word begins on the first page.
    """
    asked = dict(parse_qsl(_text(form, "view").removeprefix("?")))
    for name in TABLES:
        find = f"{name}.find"
        if find not in form or (word := _text(form, find)) == asked.get(find, ""):
            continue
        asked.pop(f"{name}.page", None)
        asked[find] = word
    return {key: text for key, text in asked.items() if text}


def _view(asked: Mapping[str, str]) -> View:
    try:
        return View.model_validate(asked)
    except ValidationError:
        return View()


def _rehearsed(desk: Desk, handed: Handed) -> Response:
    """Raises `ProposalRefused`, `RequestRefused`."""
    if not ONE_AT_A_TIME.acquire(timeout=BUSY_SECONDS):
        raise ProposalRefused(Code.SERVER_BUSY, "Another rehearsal is being worked out.", "Try again in a moment.")
    try:
        return _answer(desk, handed)
    finally:
        ONE_AT_A_TIME.release()


def _answer(desk: Desk, handed: Handed) -> Response:
    services = desk.services
    with desk.reading() as connection:
        ground = ground_of(connection, services.versions, services.licensed, desk.now.date())
        study = read_proposed(handed.raw, handed.name, ground)
        rehearsal = Rehearsal(connection, services.settings, services.versions, study, desk.now, handed.days)
        said = Said(desk.texts, desk.calendar, services.study, study)
        people = rehearsal.people(desk.site_ids)
        if handed.view.participant:
            return _of_one(desk, handed, said, _only(rehearsal, people, handed.view.participant))
        return _of_everybody(desk, handed, said, rehearsal, people)


def _only(rehearsal: Rehearsal, people: list[tuple[str, str]], participant: str) -> Compared:
    """Who is elsewhere is not there at all. Raises `RequestRefused` (not_found)."""
    found = next(rehearsal.run([one for one in people if one[0] == participant]), None)
    if found is None:
        raise RequestRefused(Code.NOT_FOUND, "There is no such participant at your sites.", "Check the number.")
    return found


def _of_one(desk: Desk, handed: Handed, said: Said, found: Compared) -> Response:
    tables: dict[str, Table[Any]] = {
        "evenings": _table(handed, "evenings", evening_columns(said), found.evenings, MOST_DAYS + 2),
        "visits": _table(handed, "visits", visit_columns(said), found.visits),
    }
    if file := _file(tables, found.id, desk):
        return file
    line, calendar = Line.of(found), desk.calendar
    last_days = [calendar.short_day(day) if day else "–" for day in found.last_day]
    return _page(
        desk, handed, said=said, tables=tables, found=found, changes=said.kinds(line), remarks=said.remarks(line),
        last_days=last_days, spoken=desk.say(LANGUAGE_NAMES.get(found.language, found.language)),
    )  # fmt: skip


def _of_everybody(
    desk: Desk, handed: Handed, said: Said, rehearsal: Rehearsal, people: list[tuple[str, str]]
) -> Response:
    view, summary, lines = handed.view, Summary(), list[Line]()
    portion = people[view.portion * PORTION :][:PORTION]
    for one in rehearsal.run(portion):
        summary.add(one)
        if one.kinds or view.everybody:
            lines.append(Line.of(one))
    sites = {site.id: site.name for site in desk.sites}
    tables: dict[str, Table[Any]] = {
        "people": _table(handed, "people", line_columns(said, sites), lines),
        "file": _table(handed, "file", difference_columns(), differences(said.live, said.proposed)),
    }
    if file := _file(tables, "rehearsal", desk):
        return file
    _log.info("study_rehearsed", account=desk.staff.account, version=said.proposed.version, changed=summary.changed)
    first = view.portion * PORTION
    return _page(
        desk, handed, said=said, tables=tables, summary=summary,
        portions=(first + 1, first + len(portion), len(people)) if len(people) > PORTION else None,
    )  # fmt: skip


def _table(handed: Handed, name: str, columns: Any, rows: Any, size: int = PAGE) -> Table[Any]:
    """As any other table; only that its state stands in the buttons of the form, as the file does."""
    return table(columns, rows, "", handed.asked, name=name, size=size)


def _file(tables: Mapping[str, Table[Any]], about: str, desk: Desk) -> Response | None:
    return next((one.csv(f"{about}-{name}", desk.say) for name, one in tables.items() if one.wants_csv), None)


def _page(
    desk: Desk, handed: Handed, *, refusal: ProposalRefused | None = None, said: Said | None = None, **values: Any
) -> Response:
    proposed: Study | None = said.proposed if said else None
    usual: dict[str, Any] = {"summary": None, "found": None, "tables": {}, "portions": None}
    return desk.page(
        "study/rehearsal.html", refusal=refusal, handed=handed,
        problems=[told_fault(one, desk.texts) for one in refusal.problems] if refusal else (),
        words=said, proposed=proposed, most_days=MOST_DAYS, as_of=desk.calendar.moment(desk.now), **(usual | values),
    )  # fmt: skip
