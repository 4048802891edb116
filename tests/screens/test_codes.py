"""The rescue file as codes on the screen: one after the other, and the file where there is too much."""

import subprocess
import sys
from hashlib import shake_256
from io import BytesIO
from pathlib import Path

import flet as ft
import pytest
import zxingcpp
from PIL import Image

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.records import GENESIS
from diary_app.core.rescue import RescueFile, chain_of
from diary_app.core.rescue_codes import read_codes
from diary_app.core.sealing import as_text
from diary_app.core.wire import ChainHead
from tests.core.evenings import PHONE
from tests.screens.conftest import Phone
from tests.screens.driving import Screen


def file_of(records: int) -> bytes:
    """Of records as large as an evening's."""
    envelopes = [as_text(shake_256(b"%d" % number).digest(900)) for number in range(records)]
    chain = chain_of("ab" * 32, PHONE, ChainHead(sequence=9, hash=GENESIS), envelopes)
    return RescueFile(app_version="1", chains=(chain,)).to_bytes()


class SealedJournal:
    """Alice's journal with envelopes in it; what it holds, and what it fails with."""

    def __init__(self, phone: Phone, records: int, fault: DiaryUnavailable | None = None) -> None:
        self._journal = phone.journal()
        self.file = file_of(records)
        self._fault = fault

    def __getattr__(self, name: str) -> object:
        return getattr(self._journal, name)

    async def rescue(self) -> bytes:
        if self._fault:
            raise self._fault
        return self.file


async def open_codes(phone: Phone, records: int = 2, fault: DiaryUnavailable | None = None) -> Screen:
    journal = SealedJournal(phone, records, fault)
    phone.state = phone.state_with(lambda: journal)
    screen = await phone.open()
    await screen.tap("settings")
    await screen.tap("codes")
    return screen


def scanned(screen: Screen) -> str:
    """What a scanner makes of the picture."""
    picture = next(control for control in screen.shown() if isinstance(control, ft.Image))
    dots = Image.open(BytesIO(picture.src)).convert("L")
    found = zxingcpp.read_barcode(dots.resize((dots.width * 3, dots.height * 3), Image.Resampling.NEAREST))
    assert found is not None
    return found.text


async def test_the_codes_one_after_the_other_are_the_file(alice: Phone) -> None:
    screen = await open_codes(alice)
    lines = [scanned(screen)]
    for number in (2, 3):
        await screen.tap("next")
        assert f"Code {number} of 3" in screen.texts()
        lines.append(scanned(screen))
    assert read_codes("\n".join(lines)).to_bytes() == file_of(2)
    await screen.tap("done")
    assert "Settings" in screen.texts()


async def test_back_shows_the_code_before_and_leads_out_from_the_first(alice: Phone) -> None:
    screen = await open_codes(alice)
    first = scanned(screen)
    await screen.tap("next")
    assert scanned(screen) != first
    await screen.tap("back")
    assert scanned(screen) == first
    await screen.tap("back")
    assert "Settings" in screen.texts()


async def test_one_code_has_neither_next_nor_before(alice: Phone) -> None:
    screen = await open_codes(alice, records=0)
    assert "Code 1 of 1" in screen.texts()
    assert screen.has("done")
    assert not screen.has("next")
    alice.state.settings.codes.show_next()
    alice.state.settings.codes.show_previous()
    assert alice.state.settings.codes.number == 1


async def test_the_picture_has_a_name(alice: Phone) -> None:
    screen = await open_codes(alice)
    named = [one for one in screen.shown() if isinstance(one, ft.Semantics) and one.image]
    assert [one.label for one in named] == ["Code 1 of 3, a picture for the scanner"]


async def test_closed_codes_and_a_new_start_are_settings(alice: Phone) -> None:
    screen = await open_codes(alice)
    await screen.tap("close")
    assert "Settings" in screen.texts()
    await screen.tap("codes")
    await alice.restart()
    assert alice.screen.page.route == "/settings/codes"
    assert "Settings" in alice.screen.texts()


async def test_too_much_for_codes_is_told_with_the_file_as_the_way(alice: Phone) -> None:
    screen = await open_codes(alice, records=40)
    assert "There is too much on this phone for codes. Save a rescue file instead" in screen.reads
    assert screen.has("rescue")


async def test_a_diary_that_cannot_be_read_is_a_problem(alice: Phone) -> None:
    fault = DiaryUnavailable(Code.STORAGE_UNAVAILABLE, "gone", "try again")
    assert "This phone could not save" in (await open_codes(alice, fault=fault)).texts()


async def test_with_everything_sent_there_are_no_codes(alice: Phone) -> None:
    alice.confirm_everything()
    screen = await alice.open()
    await screen.tap("settings")
    assert not screen.has("codes")


@pytest.mark.parametrize("language", ["da", "en"])
async def test_the_last_code_says_so(alice: Phone, language: str) -> None:
    screen = await open_codes(alice, records=0)
    alice.state.choose_language(language)
    await screen.settle()
    assert {"da": "Det er den sidste kode.", "en": "This is the last code."}[language] in screen.reads


def test_what_draws_is_not_loaded_at_the_start() -> None:
    script = "import sys, diary_app.app, diary_app.screens.shell; sys.exit('segno' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2]).returncode == 0
