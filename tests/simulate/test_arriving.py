"""What a phone holds arrives, whatever keeps it from sending: it is found when it does not."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from diary_app.core.errors import Code, DiaryUnavailable
from server.simulate.phone import SimulatedPhone
from server.simulate.storm.steps import Do
from tests.simulate.planted import replaced_phones_are_unknown
from tests.simulate.stories import Story, lived_through

pytestmark = pytest.mark.usefixtures("quiet")


async def test_a_phone_that_can_never_send_is_found(tmp_path: Path) -> None:
    synced = SimulatedPhone.sync

    async def sync(self: SimulatedPhone) -> Any:
        if any(not one.body.practice for one in self.diary.entries_of("DMD")):
            raise DiaryUnavailable(Code.DIARY_LOCKED, "The diary is locked.", "Wait.")
        return await synced(self)

    story = Story()
    story.fills_in(1)
    story.fills_in(2)
    with patch.object(SimulatedPhone, "sync", sync):
        ended = await lived_through(story.plan(days=4), tmp_path)
    ended.storm.close()
    assert any("never came to send" in one for one in ended.found), ended.found


@pytest.mark.parametrize("code", [Code.DEVICE_UNKNOWN, Code.NOT_ALLOWED])
async def test_a_server_that_knows_nothing_of_replaced_phones_is_found(tmp_path: Path, code: Code) -> None:
    story = Story()
    story.fills_in(1, sends=False)
    story.happens(2, 12, Do.NEW_PHONE)
    story.fills_in(2)
    with replaced_phones_are_unknown(code):
        ended = await lived_through(story.plan(days=4), tmp_path)
    ended.storm.close()
    assert any("could not send what it holds" in one for one in ended.found), ended.found
