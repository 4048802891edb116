"""From the first screen to a saved entry, and what may happen on the way."""

from tests.screens.conftest import ANSWERS, Phone


async def test_an_evening_is_filled_in_reviewed_and_saved(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await alice.fill_in()
    await screen.tap("save")
    entry = alice.entry()
    assert entry is not None
    assert {code: str(value) for code, value in entry.body.answers.items()} == {
        code: str(value) for code, value in ANSWERS.items()
    }
    assert "Saved on this phone" in screen.reads
