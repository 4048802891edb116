"""Cuts on record: each is noted in the trail with what it held, and made again it must hold the same."""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import Connection

from diary_app.core.environment import Environment
from diary_app.core.errors import Code, CommandRefused
from diary_app.core.times import format_utc, parse_utc
from server.db import site_facts
from server.db.site_facts import EVERYWHERE
from server.export.content import Cut, CutKind
from server.export.replica import Replica

CUT_TAKEN = "cut_taken"
_NAMES = UUID("6c1f7c5c-9d0e-4b8c-8a55-2f0a4b6d3e71")


def cut_of(known: Replica, kind: CutKind, at: datetime) -> Cut:
    """The cut that a replica is; its id follows from what it holds, so that the same cut has it everywhere."""
    told = f"{known.services.study.id} {kind} {format_utc(at)} {known.content_sha256}"
    return Cut(str(uuid5(_NAMES, told)), kind, at, known.content_sha256)


def of_sites(cut: Cut, sites: Collection[str] | None) -> Cut:
    """As a bundle of some sites names it: no file of it can be taken for one of everybody's."""
    if sites is None:
        return cut
    return replace(cut, id=str(uuid5(_NAMES, f"{cut.id} {' '.join(sorted(sites))}")))


def note(connection: Connection, cut: Cut, known: Replica, *, author: str, environment: Environment) -> None:
    """Add the cut to the study's chain, unless it is there.

    Raises `CommandRefused` (cut_differs) when the same cut held something else the first time: then facts have come or
    gone behind it.
    """
    for one in recorded(connection):
        if (one.kind, one.at) == (cut.kind, cut.at):
            _require_same(one, cut)
            return
    body: Mapping[str, object] = {
        "cut": cut.kind.value, "cut_id": cut.id, "cut_at": format_utc(cut.at), "content_sha256": cut.content_sha256,
        "heads": known.heads, "heads_sha256": known.heads_sha256, "rows": known.rows,
    }  # fmt: skip
    site_facts.append(
        connection, site=EVERYWHERE, kind=CUT_TAKEN, body=body, author=author,
        at=environment.now(), id=environment.new_id(),
    )  # fmt: skip


def recorded(connection: Connection) -> list[Cut]:
    """Every cut that was taken, in the order in which it was."""
    found = [json.loads(fact.body) for fact in site_facts.of_kinds(connection, [CUT_TAKEN])]
    return [
        Cut(body["cut_id"], CutKind(body["cut"]), parse_utc(body["cut_at"]), body["content_sha256"]) for body in found
    ]


def _require_same(before: Cut, now: Cut) -> None:
    if before.content_sha256 != now.content_sha256:
        raise CommandRefused(
            Code.CUT_DIFFERS,
            f"The {now.kind} cut at {format_utc(now.at)} held something else when it was taken first "
            f"({before.content_sha256[:16]} then, {now.content_sha256[:16]} now).",
            "Run `xerodiary verify`, and look whether the server's clock was set back. Take another cut meanwhile.",
        )
