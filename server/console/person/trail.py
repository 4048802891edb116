"""The trail as pages: searched, filtered, sorted, taken away as a file (which the trail notes), and verified."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO, Any

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.staff_acts import SeenWhere
from server.access.roles import Permission
from server.by_itself import NEWS
from server.console import news
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.marks import Mark, Watched, of_trail
from server.console.person.acts import TypedDep, chosen
from server.console.person.header import page
from server.console.person.person import person_at
from server.console.person.trail_rows import KEPT, LOOKED_AT, Filter, Found, find, span_of
from server.console.person.trail_words import CHECKED, TrailWords
from server.db import chain_anchors, site_facts
from server.db.overview import participants_at
from server.db.site_facts import EVERYWHERE
from server.intake.looking import note_view
from server.trail import extracts
from server.trail.extracts import Format
from server.trail.fields import Reader, rows
from server.trail.verify import Verdict, verify

PATH = "/console/trail"
_NEWS = f"{NEWS}/trail"
_AT_ONCE = 1 << 20
HEADS = {
    "received": message("Received"), "participant": message("Participant"), "kind": message("Kind"),
    "field": message("Field"), "who": message("Who"),
}  # fmt: skip
router = routes()


@router.get("/trail")
def show_trail(desk: DeskDep) -> Response:
    """Every row at the sites whose trail is theirs."""
    return _page(desk)


@router.get("/participants/{participant}/trail")
def show_trail_of(desk: DeskDep, participant: str, answers: str = "") -> Response:
    """The rows of one participant; with answers for the investigator, and then the trail notes that they were seen."""
    wanted = Filter.of({**desk.query, "participant": participant})
    with person_at(desk, participant) as person:
        shows = answers == "1" and person.may(Permission.SEE_ANSWERS)
        found = find(person.connection, desk, wanted, answers=shows)
        made = page(person, "own_trail", "/trail", **_drawn(desk, wanted, found, f"{person.path}/trail"), shows=shows)
        span = span_of(found, person.today)
    if shows:
        entries = len({row.source for row in found.rows if row.field.startswith("answers")})
        desk.write(
            participant,
            lambda connection: note_view(
                connection, desk.services, participant, SeenWhere.TRAIL, span, entries, who=desk.acting, at=desk.now
            ),
        )
    return made


@router.get("/news/trail")
def tell(request: Request, desk: DeskDep) -> Response:
    """Whether the trail that is theirs still ends where it did."""
    with desk.reading() as connection:
        mark = _mark(connection, desk)
    return news.answer(request, desk, mark)


@router.post("/trail/export")
def export_trail(desk: FormDeskDep, typed: TypedDep) -> Response:
    """The rows that match as a file; made aside, noted with filter and hash, and only then handed out."""
    asked, written = Filter.of(typed).asked(desk.calendar.zone), chosen(Format, typed.get("format", ""))
    answers = typed.get("answers") == "1" and desk.may(Permission.SEE_ANSWERS)
    sites = (EVERYWHERE,) if desk.may(Permission.SEE_TRAIL, EVERYWHERE) else desk.site_ids
    with desk.reading() as connection, ExitStack() as opened:
        if asked.participant:
            sites = (desk.participant(connection, asked.participant).site,)
        aside = opened.enter_context(tempfile.TemporaryFile(dir=desk.services.settings.var_folder))
        made = extracts.write(aside, written, rows(connection, Reader(desk.staff.rights, answers), asked))
        opened.pop_all()  # it is closed when it has been sent
    desk.write(
        EVERYWHERE,
        lambda connection: extracts.note(
            connection, made, asked, answers=answers, author=desk.staff.account,
            environment=desk.services.environment, sites=sites,
        ),
    )  # fmt: skip
    kind = "text/csv" if written is Format.CSV else "application/x-ndjson"
    name = f'attachment; filename="trail.{written.value}"'
    return StreamingResponse(_pieces(aside), media_type=f"{kind}; charset=utf-8", headers={"Content-Disposition": name})


@router.post("/trail/verify")
def verify_trail(desk: FormDeskDep) -> Response:
    """Read the whole trail again, and note what came of it."""
    with desk.reading() as connection:
        verdict = verify(connection)
    body = {
        "records": verdict.records, "facts": verdict.facts, "chains": verdict.chains, "flaws": len(verdict.found),
    }  # fmt: skip
    environment = desk.services.environment
    desk.write(
        EVERYWHERE,
        lambda connection: site_facts.append(
            connection, site=EVERYWHERE, kind=CHECKED, body=body, author=desk.staff.account, at=environment.now(),
            id=environment.new_id(),
        ),
    )  # fmt: skip
    return _page(desk, verdict)


def _page(desk: Desk, verdict: Verdict | None = None) -> Response:
    wanted = Filter.of(desk.query)
    with desk.reading() as connection:
        mark = _mark(connection, desk)
        found = find(connection, desk, wanted)
        anchor = chain_anchors.last(connection)
        checks = site_facts.of_kinds(connection, [CHECKED])
        theirs = {one.id for one in participants_at(connection, desk.site_ids)} if verdict else set()
    return desk.page(
        "person/trail.html", **_drawn(desk, wanted, found, PATH), anchor=anchor, verdict=verdict,
        flaws=[one for one in verdict.found if one.chain in theirs or EVERYWHERE in _held(desk)] if verdict else [],
        checked=checks[-1].at if checks else None, code=TrailWords(desk.texts), when=desk.calendar,
        watched=None if verdict else Watched(mark, path=_NEWS),
    )  # fmt: skip


def _mark(connection: Connection, desk: Desk) -> Mark:
    """Of the chains that the trail shows them: what is told of the whole study is for whoever reads all of it."""
    chains = [site for site in (*desk.site_ids, EVERYWHERE) if desk.may(Permission.SEE_TRAIL, site)]
    return of_trail(connection, desk.site_ids, chains, desk.now)


def _drawn(desk: Desk, wanted: Filter, found: Found, path: str) -> dict[str, Any]:
    heads = [
        (desk.say(title), wanted.address(path, sort=name, up=_other_way(wanted, name), page=1), _order(wanted, name))
        for name, title in HEADS.items()
    ]
    return {
        "wanted": wanted, "found": found, "path": path, "heads": heads, "kept": KEPT, "looked_at": LOOKED_AT,
        "places": {EVERYWHERE: desk.say("the whole study")} | {one.id: one.name for one in desk.services.study.sites},
        "formats": (Format.CSV, Format.JSONL), "may_show": desk.may(Permission.SEE_ANSWERS),
    }  # fmt: skip


def _other_way(wanted: Filter, name: str) -> str:
    return "" if wanted.sorted_by != name or wanted.up else "1"


def _order(wanted: Filter, name: str) -> str:
    if wanted.sorted_by != name:
        return ""
    return "ascending" if wanted.up else "descending"


def _held(desk: Desk) -> set[str]:
    return {right.site for right in desk.staff.rights.held}


def _pieces(aside: IO[bytes]) -> Iterator[bytes]:
    with aside:
        aside.seek(0)
        while piece := aside.read(_AT_ONCE):
            yield piece
