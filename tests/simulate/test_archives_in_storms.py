"""Storms in which a server is made of a bundle's archive: phones go on, and what was confirmed comes again, once."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from server.backup import restoring
from server.simulate.storm.counts import Kind
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import Do
from tests.simulate import planted
from tests.simulate.planted import Planted
from tests.simulate.stories import Story, lived_through

DAYS = 8


def rebuilt() -> Story:
    """Evenings before the bundle and after it; the phone has heard that it sent all of them."""
    story = Story()
    for day in (1, 2, 3):
        story.fills_in(day)
    story.befalls_server(3, 12, Do.ARCHIVE)
    story.befalls_server(4, 12, Do.RESTORE_ARCHIVE)
    story.fills_in(5)
    return story


async def test_phones_go_on_with_a_server_made_of_an_archive(tmp_path: Path) -> None:
    story = rebuilt()
    ended = await lived_through(story.plan(DAYS), tmp_path)
    ended.storm.close()
    assert ended.found == []
    assert ended.storm.ledger.befell[Kind.REBUILT] == 1
    states = ended.states()
    assert [states[story.date(day)] for day in range(1, 6)] == ["done", "done", "done", "missed", "done"]


def working_tables_are_left_empty() -> AbstractContextManager[Any]:
    """The facts are back, and nothing is reckoned from them."""
    return patch.object(restoring, "rebuild", lambda *_: 0)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (planted.receipts_outlive_a_restore, "says that everything is sent"),
        (working_tables_are_left_empty, "the trail does not hold"),
    ],
)
def test_a_planted_fault_is_caught(plant: Planted, words: str) -> None:
    with plant():
        found = lived(rebuilt().plan(DAYS))
    assert any(words in one for one in found), found
