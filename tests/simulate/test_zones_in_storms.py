"""Storms in which a copied phone confirms a time zone that is set aside, and staff decide on it or do not."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from server.intake import judging, known, pull
from server.simulate.storm.counts import Kind
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import Do
from tests.simulate.planted import Planted
from tests.simulate.stories import Story, lived_through

AWAY = "America/New_York"
DAYS = 12
ACCEPTED, LEFT = "accepted", "left"


def abroad(decision: str = "") -> Story:
    """The copy sends first, so that what the phone in use confirms is set aside; its evenings are six hours later."""
    story = Story()
    story.happens(1, 12, Do.CLONE)
    story.happens(1, 18, Do.FILL, phone="clone", day=story.date(1), value=3)
    story.happens(1, 18.1, Do.SYNC, phone="clone", fates=[])
    story.happens(2, 12, Do.ZONE, zone=AWAY)
    for minutes in (1, 2, 3):
        story.happens(2, 12 + minutes / 60, Do.SYNC, fates=[])
    story.happens(4, 14, Do.FILL, day=story.date(3), value=4)
    story.happens(4, 14.1, Do.SYNC, fates=[])
    if decision:
        story.happens(5, 12, Do.ACCEPT_ASIDE, zones=decision)
    story.fills_in(7, hour=24)
    return story


@pytest.mark.parametrize(("decision", "kind"), [(ACCEPTED, Kind.ZONE_ACCEPTED), (LEFT, Kind.ZONE_LEFT)])
async def test_what_staff_decide_holds_everywhere(tmp_path: Path, decision: str, kind: Kind) -> None:
    story = abroad(decision)
    ended = await lived_through(story.plan(DAYS), tmp_path)
    ended.storm.close()
    assert ended.found == []
    assert (ended.storm.ledger.befell[Kind.ZONE_ACCEPTED], ended.storm.ledger.befell[Kind.ZONE_LEFT]) == (
        (1, 0) if kind is Kind.ZONE_ACCEPTED else (0, 1)
    )
    states = ended.states()
    assert (states[story.date(3)], states[story.date(7)]) == ("late", "done")
    zones = {str(row.diary_day): row.zone for row in ended.server.days[ended.person.participant]}
    assert zones[story.date(9)] == (AWAY if kind is Kind.ZONE_ACCEPTED else "Europe/Copenhagen")


async def test_until_somebody_decides_no_entry_is_refused(tmp_path: Path) -> None:
    story = abroad()
    ended = await lived_through(story.plan(DAYS), tmp_path)
    ended.storm.close()
    assert ended.found == []
    assert ended.states()[story.date(3)] == "late"


def accepted_zones_move_nothing() -> AbstractContextManager[Any]:
    """Staff accept one, and the server goes on as before."""
    return patch.object(known, "followed", lambda *_: ())


def phones_hear_no_decision() -> AbstractContextManager[Any]:
    """The phone goes on following what it confirmed."""
    return patch.object(pull, "_decided", lambda *_: [])


def the_gate_knows_the_servers_windows_alone() -> AbstractContextManager[Any]:
    """An entry is judged as if its phone followed what the server does."""
    return patch.object(judging, "some_of", lambda *_: iter(()))


@pytest.mark.parametrize(
    ("plant", "decision", "words"),
    [
        (accepted_zones_move_nothing, ACCEPTED, "where nobody was then"),
        (phones_hear_no_decision, LEFT, "and the diary follows Europe/Copenhagen"),
        (the_gate_knows_the_servers_windows_alone, ACCEPTED, "was saved in time and refused as too_late"),
    ],
)
def test_a_planted_fault_is_caught(plant: Planted, decision: str, words: str) -> None:
    with plant():
        found = lived(abroad(decision).plan(DAYS))
    assert any(words in one for one in found), found


async def test_whoever_is_typed_in_anew_is_at_home_until_the_app_has_asked_again(tmp_path: Path) -> None:
    story = Story()
    story.leave_out(Do.ENROL)
    story.befalls_server(0, 6.8, Do.BACK_UP)
    story.happens(1, 9, Do.ENROL, choice="evening")
    story.befalls_server(2, 12, Do.RESTORE)
    story.happens(3, 12, Do.ZONE, zone=AWAY)
    ended = await lived_through(story.plan(DAYS), tmp_path)
    ended.storm.close()
    zones = {row.zone for row in ended.server.days[ended.person.participant] if str(row.diary_day) > story.date(DAYS)}
    assert zones == {"Europe/Copenhagen"}
    assert ended.found == []
