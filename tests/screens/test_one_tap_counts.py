"""A tap counts whatever is drawn in that moment: a button that stays on the screen stays the same one to the client."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from diary_app.places import HISTORY, HOME, SETTINGS
from diary_app.sync import outcome
from server.simulate.environment import SimulatedEnvironment
from tests.screens.conftest import Phone
from tests.screens.driving import Screen
from tests.screens.test_correction import SLIP, correction, save

Happening = Callable[[Phone], Awaitable[None]]


class SlowPhone(Phone):
    """Its client says that the address has changed only when it is told to."""

    def __init__(self, file: str, clock: SimulatedEnvironment) -> None:
        super().__init__(file, clock)
        self.is_slow = False
        self.on_the_way: list[str] = []

    def _go(self, route: str) -> None:
        if self.is_slow:
            self.on_the_way.append(route)
        else:
            super()._go(route)

    async def arrive(self) -> None:
        """The client has gone where it was sent."""
        for route in self.on_the_way:
            await self.screen.go(route)
        self.on_the_way.clear()


@pytest.fixture
async def slow(tmp_path: Path, clock: SimulatedEnvironment) -> AsyncIterator[SlowPhone]:
    """Enrolled and practised."""
    phone = SlowPhone(str(tmp_path / "diary.db"), clock)
    phone.train()
    yield phone
    phone.screen.close()
    phone.diary.close()


def staying(before: dict[str, int], after: dict[str, int]) -> None:
    """Fails where a button that is still there is another one."""
    both = before.keys() & after.keys()
    assert both
    assert {key: after[key] for key in both} == {key: before[key] for key in both}


async def reviewed(phone: SlowPhone) -> Screen:
    screen = await phone.open()
    await screen.tap("start")
    await phone.fill_in()
    assert screen.has("save")
    phone.is_slow = True
    return screen


@pytest.mark.parametrize("leaving", ["save", "put-away"])
@pytest.mark.parametrize(("tapped", "to"), [("settings", SETTINGS), ("history", HISTORY)])
async def test_a_tap_on_today_right_after_the_review_counts(
    slow: SlowPhone, leaving: str, tapped: str, to: str
) -> None:
    screen = await reviewed(slow)
    await screen.tap(leaving)
    seen = screen.buttons()
    await slow.arrive()
    staying(seen, screen.buttons())
    await screen.touch(seen[tapped])
    assert slow.on_the_way == [to]


async def test_a_tap_made_while_the_address_changes_counts(slow: SlowPhone) -> None:
    screen = await reviewed(slow)
    await screen.tap("save")
    await screen.touch(screen.buttons()["settings"])
    assert slow.on_the_way == [HOME, SETTINGS]


async def test_a_tap_on_settings_right_after_leaving_the_pin_counts(slow: SlowPhone) -> None:
    slow.lock()
    assert slow.keyring is not None
    slow.keyring.opened = True
    screen = await slow.open()
    await screen.tap("settings")
    await screen.tap("change-pin")
    slow.is_slow = True
    await screen.tap("back")
    seen = screen.buttons()
    await slow.arrive()
    staying(seen, screen.buttons())
    await screen.touch(seen["about"])
    assert slow.on_the_way == ["/settings/about"]


# ---- what happens by itself --------------------------------------------------------------------------------


async def a_sync_ends(phone: Phone) -> None:
    phone.state.heard(outcome.all_sent())


async def sending_fails(phone: Phone) -> None:
    phone.state.heard(outcome.broken(1))


async def the_clock_turns_out_to_be_wrong(phone: Phone) -> None:
    phone.confirm_everything(clock_offset_ms=-3_600_000)
    phone.state.heard(outcome.all_sent())


async def the_journey_begins(phone: Phone) -> None:
    phone.host.here = "America/New_York"
    phone.state.refresh()


async def a_newer_app_waits(phone: Phone) -> None:
    phone.host.newer = True
    phone.state.refresh()


async def the_other_language(phone: Phone) -> None:
    phone.state.change_language()


async def the_study_asks_about_a_correction(phone: Phone) -> None:
    await phone.hear_of_corrections(correction(phone.entry().id, SLIP))
    phone.state.heard(outcome.all_sent())


HAPPENINGS: list[Happening] = [
    a_sync_ends, sending_fails, the_clock_turns_out_to_be_wrong, the_journey_begins, a_newer_app_waits,
    the_other_language, the_study_asks_about_a_correction,
]  # fmt: skip


@pytest.mark.parametrize("happens", HAPPENINGS, ids=lambda one: one.__name__.replace("_", " "))
@pytest.mark.parametrize("tapped", [None, "settings", "history"])
async def test_what_happens_by_itself_leaves_every_button_the_same(
    alice: Phone, happens: Happening, tapped: str | None
) -> None:
    save(alice)
    screen = await alice.open()
    alice.host.here = "Asia/Tokyo"
    alice.state.refresh()
    await screen.settle()
    if tapped:
        await screen.tap(tapped)
    seen = screen.buttons()
    await happens(alice)
    await screen.settle()
    staying(seen, screen.buttons())
