"""At the end the phone in use is compared with the server after everybody has spoken, also a copy of it."""

from pathlib import Path

from server.simulate.storm.steps import Do
from tests.simulate.stories import Story, lived_through


async def test_a_copy_that_speaks_last_raises_no_false_alarm(tmp_path: Path) -> None:
    """It makes an evening certain that the phone in use was told is unknown; the next contact tells it."""
    story = Story()
    story.happens(0, 8, Do.CHOOSE_PIN)
    story.happens(6, 13, Do.CLONE)
    story.fills_in(6, value=6)
    story.happens(8, 19, Do.SYNC, phone="clone", fates=["arrives", "twice", "lost"])
    story.befalls_server(19, 1.5, Do.BACK_UP)
    story.befalls_server(19, 5.5, Do.RESTORE)
    story.happens(21, 15, Do.NEW_CODE, fates=[])
    ended = await lived_through(story.plan(days=23), tmp_path)
    ended.storm.close()
    assert ended.found == []
