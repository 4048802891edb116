"""A phone that will not save is found, whatever it says, and a phone that may not is left in peace."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from diary_app.core.errors import Code, DiaryUnavailable, RequestRefused, XerodiaryError
from server.simulate.phone import SimulatedPhone
from server.simulate.storm.steps import Do
from tests.simulate.stories import Story, lived_through

pytestmark = pytest.mark.usefixtures("quiet")

REFUSALS = [
    DiaryUnavailable(Code.DIARY_LOCKED, "The diary is locked.", "Wait."),
    RequestRefused(Code.FACT_INVALID, "It is not possible.", "Wait."),
    None,
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=["unavailable", "refused", "silent"])
async def test_a_phone_that_saves_nothing_is_found(tmp_path: Path, refusal: XerodiaryError | None) -> None:
    def fill_in(*_: Any) -> bool:
        if refusal is not None:
            raise refusal
        return False

    story = Story()
    story.fills_in(1)
    with patch.object(SimulatedPhone, "fill_in", fill_in):
        ended = await lived_through(story.plan(days=3), tmp_path)
    ended.storm.close()
    assert any("saved nothing, though" in one for one in ended.found), ended.found


async def test_a_phone_may_refuse_too_early_and_too_late(tmp_path: Path) -> None:
    story = Story()
    story.happens(1, 16, Do.FILL, day=story.date(1), value=3)
    story.happens(2, 12, Do.FILL, day=story.date(1), value=3)
    ended = await lived_through(story.plan(days=3), tmp_path)
    ended.storm.close()
    assert ended.states()[story.date(1)] == "missed"
    assert ended.found == []
