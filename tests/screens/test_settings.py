"""Settings: for the eyes, the pause, this phone, help; and what a report never holds."""

import flet as ft
import pytest

from diary_app.core.records import RecordKind
from diary_app.journal import Preference
from diary_app.look import Brightness, Contrast, TextSize
from diary_app.settings import Pause
from diary_app.widgets.foot import ALL_SENT
from diary_app.widgets.settings_sections import HAVE_AGAIN, STAYS_EXPECTED, STOPPED
from diary_app.widgets.theme import STRONG_DARK, STRONG_LIGHT, Colour, Palette, contrast
from tests.screens.conftest import CODE, Phone
from tests.screens.driving import Screen


async def open_settings(phone: Phone) -> Screen:
    screen = await phone.open()
    await screen.tap("settings")
    return screen


async def test_a_text_size_counts_at_once_and_after_a_restart(alice: Phone) -> None:
    screen = await open_settings(alice)
    await screen.pick("text-sizes", TextSize.LARGER)
    assert alice.host.told[-1] == "150 %"
    alice.host.told.clear()
    await alice.restart()
    assert "150 %" in alice.host.told


async def test_what_no_setting_says_any_more_is_as_if_nothing_was_set(alice: Phone) -> None:
    """As a failing memory card leaves it: the diary opens, in the language of the site."""
    usual = (await alice.restart()).texts()
    for name in ("language", *(one for one in Preference if one is not Preference.PIN_FORGOTTEN)):
        alice.diary.set_setting(name, "%~")
        assert (await alice.restart()).texts() == usual, name


async def test_dark_is_dark_whatever_the_phone_does(alice: Phone) -> None:
    screen = await open_settings(alice)
    await screen.pick("brightness", Brightness.DARK)
    assert screen.page.theme_mode is ft.ThemeMode.DARK
    screen = await alice.restart()
    assert screen.page.theme_mode is ft.ThemeMode.DARK


async def test_stronger_contrast_changes_the_colours(alice: Phone) -> None:
    screen = await open_settings(alice)
    await screen.pick("contrast", Contrast.STRONG)
    assert screen.page.theme.color_scheme.on_surface == STRONG_LIGHT.ink
    await screen.pick("contrast", Contrast.NORMAL)
    assert screen.page.theme.color_scheme.on_surface != STRONG_LIGHT.ink


@pytest.mark.parametrize("palette", [STRONG_LIGHT, STRONG_DARK], ids=["light", "dark"])
@pytest.mark.parametrize("colour", [Colour.INK, Colour.MUTED, Colour.ACCENT, Colour.LATE, Colour.MISSED, Colour.DONE])
def test_strong_colours_are_stronger(palette: Palette, colour: Colour) -> None:
    grounds = [Colour.BACKGROUND, Colour.SURFACE, Colour.ACCENT_SOFT]
    assert min(contrast(palette[colour], palette[ground]) for ground in grounds) >= 7
    assert contrast(palette[Colour.LINE], palette[Colour.BACKGROUND]) >= 4.5


async def test_a_pause_is_a_record_and_says_that_the_days_stay_expected(alice: Phone) -> None:
    screen = await open_settings(alice)
    await screen.pick("pauses", Pause.WEEK)
    assert alice.diary.records(RecordKind.PAUSE)[-1].body["until"] == "2026-11-28"
    assert "No reminders up to and including Saturday 28 November." in screen.texts()
    assert STAYS_EXPECTED in screen.texts()
    assert alice.link.woken == 1


async def test_a_pause_can_be_ended_and_ends_by_itself(alice: Phone) -> None:
    screen = await open_settings(alice)
    await screen.pick("pauses", Pause.WEEK)
    await screen.pick("pauses", Pause.NONE)
    assert alice.diary.records(RecordKind.PAUSE)[-1].body["until"] == ""
    await screen.pick("pauses", Pause.DAYS_3)
    alice.clock.advance(days=3)
    assert alice.journal().paused_until() is None


async def test_this_phone_says_what_it_holds(alice: Phone) -> None:
    alice.confirm_everything()
    screen = await open_settings(alice)
    assert {"No evening is saved here yet.", ALL_SENT} <= set(screen.texts())
    assert "Last contact with the study: Sunday 22 November at 19:00." in screen.texts()


async def test_the_browser_is_asked_to_keep_the_diary(alice: Phone) -> None:
    screen = await open_settings(alice)
    await screen.tap("keep")
    assert "This phone keeps the diary, also when it is short of room." in screen.texts()
    assert not screen.has("keep")


async def test_a_report_says_how_the_app_stands(alice: Phone) -> None:
    screen = await open_settings(alice)
    await screen.tap("report")
    [report] = alice.copied
    assert "installed: yes" in report
    assert "records of kind training: 1" in report
    assert "12\u00a034\u00a056\u00a078" in screen.reads


async def test_a_report_holds_no_answers_and_no_secrets(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await alice.fill_in()
    await screen.tap("save")
    await screen.tap("settings")
    await screen.tap("report")
    installation = alice.diary.installation()
    secrets = [installation.token, installation.nonce, installation.participant, CODE, "DMD0", "12 34 56 78"]
    assert [secret for secret in secrets if secret in alice.copied[0]] == []


class RescuingJournal:
    """A journal that can write a file; everything else is Alice's own."""

    def __init__(self, phone: Phone) -> None:
        self._journal = phone.journal()

    def __getattr__(self, name: str) -> object:
        return getattr(self._journal, name)

    async def rescue(self) -> bytes:
        return b"sealed"


async def test_what_is_not_sent_can_be_saved_as_a_file(alice: Phone) -> None:
    journal = RescuingJournal(alice)
    alice.state = alice.state_with(lambda: journal)
    screen = await open_settings(alice)
    await screen.tap("rescue")
    assert alice.host.files == {"diary-2026-11-22.rescue": b"sealed"}


async def test_with_everything_sent_there_is_nothing_to_rescue(alice: Phone) -> None:
    alice.confirm_everything()
    alice.state = alice.state_with(lambda: RescuingJournal(alice))
    screen = await open_settings(alice)
    assert not screen.has("rescue")


@pytest.mark.parametrize("inner", ["about", "change-pin"])
async def test_every_inner_screen_leads_back(alice: Phone, inner: str) -> None:
    screen = await open_settings(alice)
    await screen.tap(inner)
    await screen.tap("back")
    assert "Settings" in screen.texts()
    await screen.tap("back")
    assert "Tonight's diary" in screen.texts()


async def test_who_stopped_the_messages_by_their_link_reads_so_and_the_way_back(alice: Phone) -> None:
    page = "https://diary.example/stop/0123"
    screen = await open_settings(alice)
    assert not screen.has("have-again")
    alice.hear_of_stopping(page)
    screen = await alice.restart()
    assert STOPPED in screen.texts()
    assert not screen.has("pauses")  # there is nothing to pause
    assert screen.find("have-again").url == page
    assert HAVE_AGAIN.format(phone=alice.state.phone_to_call) in screen.texts()
    alice.hear_of_stopping("")
    screen = await alice.restart()
    assert STOPPED not in screen.texts()
    assert screen.has("pauses")
