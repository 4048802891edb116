"""Both languages on every screen, nothing untranslated, and nothing that blames."""

import re
from collections.abc import Awaitable, Callable
from gettext import NullTranslations

import pytest

from diary_app import resources
from diary_app.core.catalogue import Catalogue
from diary_app.core.facts import DeviceState
from diary_app.core.languages import LANGUAGES
from diary_app.host import Permission
from tests.screens.conftest import CODE, FakeKeyring, Phone

SLIP = CODE[:-1] + "0"
# In marks, or without words: numbers, a date, two letters of a weekday, a language in its own name.
NAMES_OF_LANGUAGES = "|".join(one.name for one in LANGUAGES.values())
MARKED = re.compile(
    rf"^(?:[\d\s,]*«.*»|[\d\s.,:–-]*|\w+day \d+ November|\w\w|[A-Z]\w+ \d{{4}}|{NAMES_OF_LANGUAGES})$", re.DOTALL
)
Tour = Callable[[Phone], Awaitable[None]]


class Marking(NullTranslations):
    """Puts every message in marks, so that a text that is no message stands out."""

    def gettext(self, message: str) -> str:
        return f"«{message}»"

    def ngettext(self, one: str, many: str, number: int) -> str:
        return f"«{one if number == 1 else many}»"


async def welcome(phone: Phone) -> None:
    await phone.open()
    await phone.screen.type("code", SLIP)


async def practice(phone: Phone) -> None:
    phone.enrol()
    await phone.open()


async def today(phone: Phone) -> None:
    phone.train()
    await phone.open()


async def closed(phone: Phone) -> None:
    await today(phone)
    await phone.pass_time(hours=20)


async def a_question(phone: Phone) -> None:
    await today(phone)
    await phone.screen.tap("start")


async def late(phone: Phone) -> None:
    await today(phone)
    await phone.pass_time(hours=12)
    await phone.screen.tap("start")
    await phone.fill_in()


async def review(phone: Phone) -> None:
    await a_question(phone)
    await phone.fill_in()


async def saved(phone: Phone) -> None:
    await review(phone)
    await phone.screen.tap("save")
    await phone.screen.tap("details")


async def amending(phone: Phone) -> None:
    await saved(phone)
    await phone.screen.tap("change")
    await phone.screen.tap("line-DMD01")
    await phone.screen.choose(1)
    await phone.screen.tap("next")


async def locked(phone: Phone) -> None:
    phone.train()
    phone.confirm_everything(DeviceState.LOST)
    await phone.open()


async def choosing_a_pin(phone: Phone) -> None:
    phone.keyring = FakeKeyring(phone.clock)
    phone.enrol()
    await phone.open()


async def a_wrong_pin(phone: Phone) -> None:
    phone.train()
    phone.lock()
    await phone.open()
    await phone.screen.type("pin-enter", "1111")
    await phone.screen.tap("pin-on")


async def a_forgotten_pin(phone: Phone) -> None:
    await a_wrong_pin(phone)
    await phone.screen.tap("forgotten")


async def reminders(phone: Phone) -> None:
    phone.host.permission = Permission.ASK
    phone.train()
    await phone.open()


async def settings(phone: Phone) -> None:
    await today(phone)
    await phone.screen.tap("settings")
    await phone.screen.pick("pauses", "7")
    await phone.screen.tap("report")


async def history(phone: Phone) -> None:
    await today(phone)
    await phone.pass_time(days=3)
    await phone.screen.tap("history")


async def a_day(phone: Phone) -> None:
    await history(phone)
    await phone.screen.tap("day-2026-11-24")


async def an_absence(phone: Phone) -> None:
    phone.train()
    text = resources.study_text("mesrix-more")
    phone.enrol(study_text=text.replace("ask_missed_reason = false", "ask_missed_reason = true"))
    phone.clock.advance(days=3)
    await phone.open()


async def a_correction(phone: Phone) -> None:
    phone.train()
    about = {"entry": CODE, "instrument": "DMD", "diary_day": "2026-11-21"}
    change = {"what": "item", "item": "DMD01", "old": 7, "new": "prefer_not_to_answer"}
    await phone.hear_of_corrections({"correction": "7" * 8 + "-7777-4777-8777-" + "7" * 12, "change": change, **about})
    await phone.open()


async def a_correction_in_full(phone: Phone) -> None:
    await a_correction(phone)
    await phone.screen.tap("correction-show")


async def own_data(phone: Phone) -> None:
    phone.train()
    phone.enrol(study_text=resources.study_text("mesrix-more").replace("own_data = false", "own_data = true"))
    await phone.open()
    await phone.screen.tap("history")
    await phone.screen.tap("own-data")


async def about(phone: Phone) -> None:
    await today(phone)
    await phone.screen.tap("settings")
    await phone.screen.tap("about")


async def withdrawn(phone: Phone) -> None:
    phone.train()
    phone.confirm_everything(DeviceState.WITHDRAWN)
    await phone.open()


async def a_wrong_clock(phone: Phone) -> None:
    phone.train()
    phone.confirm_everything(clock_offset_ms=3 * 24 * 3600 * 1000)
    await phone.open()


BESIDE = [choosing_a_pin, a_wrong_pin, a_forgotten_pin, reminders, settings, about, withdrawn, a_wrong_clock]
BEHIND = [history, a_day, an_absence, a_correction, a_correction_in_full, own_data]
TOURS = [welcome, practice, today, closed, a_question, late, review, saved, amending, locked, *BESIDE, *BEHIND]
NAMES = [tour.__name__ for tour in TOURS]


@pytest.mark.parametrize("tour", TOURS, ids=NAMES)
async def test_every_text_on_a_screen_is_a_message(phone: Phone, tour: Tour) -> None:
    phone.state = phone.state_with(phone.journal, lambda language: Catalogue(language, Marking()))
    await tour(phone)
    assert [text for text in phone.screen.texts() if not MARKED.match(text)] == []


@pytest.mark.parametrize("tour", TOURS, ids=NAMES)
async def test_every_screen_speaks_the_other_language_at_once(phone: Phone, tour: Tour) -> None:
    await tour(phone)
    english = set(phone.screen.texts())
    phone.state.use_language("da")
    await phone.screen.settle()
    danish = set(phone.screen.texts())
    assert {text for text in english & danish if not MARKED.match(text)} == set()


@pytest.mark.parametrize("tour", TOURS, ids=NAMES)
async def test_every_screen_says_that_it_is_a_demonstration(phone: Phone, tour: Tour) -> None:
    await tour(phone)
    assert "Demonstration - not for participants" in phone.screen.texts()


@pytest.mark.parametrize("tour", [practice, today, closed, saved], ids=lambda tour: tour.__name__)
async def test_the_first_screen_always_says_whom_to_call(phone: Phone, tour: Tour) -> None:
    await tour(phone)
    assert "call 12\u00a034\u00a056\u00a078" in phone.screen.reads
    assert "Emergency: 112" in phone.screen.reads


async def test_another_country_has_its_own_number(alice: Phone) -> None:
    text = resources.study_text("mesrix-more").replace("[sites.contact]", '[sites.contact]\nemergency = "192"')
    alice.enrol(study_text=text)
    screen = await alice.open()
    assert "Emergency: 192." in screen.reads
    assert "112" not in screen.reads


@pytest.mark.parametrize("tour", TOURS, ids=NAMES)
async def test_nothing_cheers_or_blames(phone: Phone, tour: Tour) -> None:
    await tour(phone)
    assert not re.search(r"!|streak|missed|failed|you have not|forgot to", phone.screen.reads, re.IGNORECASE)


async def test_the_language_is_switched_with_one_tap_and_remembered(alice: Phone) -> None:
    screen = await alice.open()
    await alice.speak_danish()
    assert "Godaften" in screen.texts()
    screen = await alice.restart()
    assert "Godaften" in screen.texts()
    assert screen.page.title == "Dagbog"


async def test_danish_times_have_a_point_and_english_ones_a_colon(alice: Phone) -> None:
    screen = await alice.open()
    assert "03:00" in screen.reads
    await alice.speak_danish()
    assert "03.00" in screen.reads


async def test_a_study_with_its_approvals_shows_no_banner(phone: Phone) -> None:
    text = resources.study_text("mesrix-more").replace('version = ""', 'version = "1"').replace('ce = ""', 'ce = "X"')
    phone.enrol(study_text=text)
    screen = await phone.open()
    assert "Demonstration - not for participants" not in screen.texts()
