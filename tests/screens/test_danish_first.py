"""Danish comes first: on a phone whose language the app does not speak, and for whoever was added without one.

What the site set is spoken as soon as it is known, on a phone of another language too, unless the participant chose.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from diary_app.app import start
from diary_app.core.study import parse_study
from diary_app.resources import LANGUAGES, study_text
from tests.screens.conftest import CODE, Phone
from tests.screens.driving import Screen
from tests.screens.test_app import FakeServer, FileHost, StandingClock


@dataclass
class AnywhereHost(FileHost):
    """A phone that prefers some language."""

    prefers: str = ""

    def preferred_language(self) -> str:
        return self.prefers


@pytest.mark.parametrize(
    ("prefers", "words"), [("da", "Kom i gang"), ("fr", "Kom i gang"), ("", "Kom i gang"), ("en", "Begin")]
)
async def test_an_app_in_a_language_of_its_own_begins_in_danish(tmp_path: Path, prefers: str, words: str) -> None:
    host = AnywhereHost(file=str(tmp_path / "diary.db"), prefers=prefers)
    clock, screen = StandingClock(datetime(2026, 11, 22, 18, tzinfo=UTC)), Screen()
    await screen.start(lambda page: start(page, host, clock, lambda _address: FakeServer()))
    await screen.settle()
    assert words in screen.texts()
    screen.close()


def test_the_study_and_the_catalogues_name_danish_first() -> None:
    assert parse_study(study_text("mesrix-more"), file="study.toml").languages[0] == LANGUAGES[0] == "da"


async def test_from_the_code_on_the_app_speaks_as_the_site_set(phone: Phone) -> None:
    phone.link.accept = lambda: phone.enrol(language="da")
    screen = await phone.open()
    await screen.type("code", CODE)
    await screen.tap("enrol")
    assert "Prøv det først én gang" in screen.texts()
    assert phone.host.told[-1] == "da"
    screen = await phone.restart()
    assert "Prøv det først én gang" in screen.texts()


async def test_a_language_chosen_before_the_code_is_kept(phone: Phone) -> None:
    phone.link.accept = lambda: phone.enrol(language="en")
    screen = await phone.open()
    await screen.tap("language")
    await screen.type("code", CODE)
    await screen.tap("enrol")
    assert "Prøv det først én gang" in screen.texts()
    screen = await phone.restart()
    assert "Prøv det først én gang" in screen.texts()
