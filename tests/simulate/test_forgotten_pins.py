"""Storms in which a PIN is forgotten: what lies under it stays closed to the phone, and still arrives."""

from pathlib import Path

from server.simulate.storm.steps import Do
from tests.simulate import planted
from tests.simulate.stories import Story, lived_through


def forgotten() -> Story:
    """Two evenings wait on the phone; then the PIN is forgotten, and another one is chosen a day later."""
    story = Story()
    story.happens(0, 8, Do.CHOOSE_PIN)
    story.fills_in(1, sends=False)
    story.fills_in(2, sends=False)
    story.happens(2, 20, Do.FORGET_PIN)
    story.happens(3, 18, Do.FILL, day=story.date(3), value=3)
    story.happens(4, 12, Do.NEW_CODE, fates=["lost"])
    story.happens(4, 18, Do.FILL, day=story.date(2), value=9)
    story.fills_in(4)
    return story


async def test_what_lies_under_a_forgotten_pin_arrives_and_is_not_filled_in_again(tmp_path: Path) -> None:
    ended = await lived_through(forgotten().plan(days=7), tmp_path)
    phone = ended.person.phones[0]
    assert phone.pin.chosen == ["2580", "2581"]
    assert len(phone.texts()) == 5
    assert len(phone.diary.entries_of("DMD")) == 1
    states = ended.states()
    assert [states[Story().date(day)] for day in (1, 2, 3, 4)] == ["done", "done", "unknown", "done"]
    assert ended.found == []
    ended.storm.close()


async def test_an_entry_that_only_the_forgotten_pin_opened_is_missed_by_the_account(tmp_path: Path) -> None:
    with planted.forgotten_pin_forgets_entries():
        ended = await lived_through(forgotten().plan(days=7), tmp_path)
    ended.storm.close()
    assert any("never arrived" in one for one in ended.found), ended.found
