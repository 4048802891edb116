"""The log itself: facts of the whole study, in its chain, added to and never changed."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from server.access.acting import Acting
from server.access.rights import rights_in_use
from server.access.roles import Permission
from server.db import site_facts, state
from server.db.site_facts import EVERYWHERE, SiteFact
from server.incidents.incident import KIND, Incident, Said, Step, check


def note(connection: Connection, known: Mapping[str, Any], *, by: Acting, at: datetime, id: str) -> Incident:
    """A new one under the next number; the same form (`id`) sent again is the same one.

    `known`: fields of `Said` without the number. Raises `RequestRefused`, also (fact_invalid) when that form is in the
    log with other words.
    """
    _check_allowed(connection, by)
    state.value_or_first(connection, site_facts.chain_of(EVERYWHERE), "")  # two at once take two numbers
    there = every(connection)
    if same := _sent_before(there, id, known):
        return same
    number = max((one.number for one in there), default=0) + 1
    return _append(connection, None, {**known, "number": number}, by=by, at=at, id=id)


def add(
    connection: Connection, number: int, changed: Mapping[str, Any], *, by: Acting, at: datetime, id: str,
    after: str = "",
) -> Incident:  # fmt: skip
    """What is known by now: the fields named, the others as they stand. The same form (`id`) sent again adds nothing.

    `after`: id of the fact that whoever adds has read; empty asks nothing. Raises `RequestRefused` (fact_invalid) when
    somebody has added to it since, or nothing changes.
    """
    _check_allowed(connection, by)
    state.value_or_first(connection, site_facts.chain_of(EVERYWHERE), "")
    before = get(connection, number)
    body = {**before.said.model_dump(), **changed, "number": number}
    if same := _sent_before([before], id, body):
        return same
    if after and after != before.last.id:
        raise RequestRefused(
            Code.FACT_INVALID, "Meanwhile somebody else has added to it.", "Look at what is said now, and add yours."
        )
    if _said(body) == before.said:
        raise RequestRefused(Code.FACT_INVALID, "Nothing is added.", "Change what is known by now.")
    return _append(connection, before, body, by=by, at=at, id=id)


def every(connection: Connection) -> list[Incident]:
    """All of them, the latest first."""
    steps: dict[int, list[Step]] = {}
    for fact in site_facts.of_kinds(connection, [KIND]):
        step = _step(fact)
        steps.setdefault(step.said.number, []).append(step)
    return [Incident(number, tuple(steps[number])) for number in sorted(steps, reverse=True)]


def get(connection: Connection, number: int) -> Incident:
    """One of them. Raises `RequestRefused` (not_found)."""
    found = next((one for one in every(connection) if one.number == number), None)
    if found is None:
        raise RequestRefused(Code.NOT_FOUND, "There is no such incident.", "Look at the list of them.")
    return found


def _sent_before(incidents: Iterable[Incident], id: str, body: Mapping[str, Any]) -> Incident | None:
    """Whoever never saw the answer sends the form again; nothing in the log could be taken out afterwards."""
    for incident in incidents:
        for step in incident.steps:
            if step.id != id:
                continue
            if _said({**body, "number": incident.number}) != step.said:
                raise RequestRefused(
                    Code.FACT_INVALID, "This form is in the log already, with other words.",
                    "Look at what is said there, and add what is known by now.",
                )  # fmt: skip
            return incident
    return None


def _append(
    connection: Connection, before: Incident | None, body: Mapping[str, Any], *, by: Acting, at: datetime, id: str
) -> Incident:
    said = _said(body)
    check(said, at)
    stored = said.model_dump(mode="json", exclude_none=True)
    fact = site_facts.append(
        connection, site=EVERYWHERE, kind=KIND, body=stored, author=by.author, at=at, id=id
    )  # fmt: skip
    return Incident(said.number, (*(before.steps if before else ()), _step(fact)))


def _said(body: Mapping[str, Any]) -> Said:
    try:
        return Said.model_validate(dict(body))
    except ValidationError as error:
        first = error.errors()[0]
        raise RequestRefused(
            Code.FACT_INVALID,
            "{field} cannot be kept as it is.",
            "It is too long, empty or no such value: write it again.",
            field=".".join(str(part) for part in first["loc"]),
        ) from error


def _step(fact: SiteFact) -> Step:
    return Step(fact.id, fact.at, fact.author, Said.model_validate(json.loads(fact.body)))


def _check_allowed(connection: Connection, by: Acting) -> None:
    """By their rights now, wherever they have them: what happened to the server concerns every site."""
    if not by.is_operator and not rights_in_use(connection, by.author).may(Permission.KEEP_INCIDENTS):
        raise RequestRefused(Code.NOT_ALLOWED, "Your role does not include this.", "Ask an administrator.")
