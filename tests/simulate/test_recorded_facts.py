"""What staff recorded is there, and there once: facts that are written twice are found."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from diary_app.core.staff_acts import ContactOutcome
from server.intake import staff
from server.simulate.storm.steps import Do
from tests.simulate.stories import Story, lived_through

pytestmark = pytest.mark.usefixtures("quiet")


def recorded() -> Story:
    """A treatment, a call and an excuse."""
    story = Story()
    story.happens(0, 13, Do.ANCHOR, anchor="treatment_1", planned=story.date(14))
    story.happens(1, 12, Do.CONTACT, outcome=ContactOutcome.NO_ANSWER.value)
    story.happens(3, 12, Do.EXCUSE, day=story.date(2))
    return story


@pytest.mark.parametrize("kind", ["anchor", "excused", "contact_made"])
async def test_a_fact_that_is_written_twice_is_found(tmp_path: Path, kind: str) -> None:
    once = staff.append

    def twice(held: Any, detail: Any, **named: Any) -> Any:
        if detail.kind == kind:
            once(held, detail, **(named | {"id": named["id"][:-4] + "ffff"}))
        return once(held, detail, **named)

    with patch.object(staff, "append", twice):
        ended = await lived_through(recorded().plan(days=5), tmp_path)
    ended.storm.close()
    assert f"01-001 has 2 facts of the kind {kind}, and staff recorded 1" in ended.found


async def test_what_was_recorded_once_is_right(tmp_path: Path) -> None:
    ended = await lived_through(recorded().plan(days=5), tmp_path)
    ended.storm.close()
    assert ended.found == []
