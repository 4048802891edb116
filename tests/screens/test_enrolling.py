"""From the box to the first evening: code, practice, and what can go wrong with a code."""

import pytest

from diary_app.core.errors import Code
from diary_app.core.records import RecordKind
from diary_app.enrolling import Trouble, trouble_of
from diary_app.screens.welcome import TROUBLES
from diary_app.widgets.code_field import grouped_while_typing
from tests.screens.conftest import CODE, Phone

SLIP = CODE[:-1] + "0"


async def test_a_code_leads_to_practice_and_practice_to_the_first_evening(phone: Phone) -> None:
    screen = await phone.open()
    await screen.type("code", CODE.lower())
    await screen.tap("enrol")
    assert "Try it once first" in screen.texts()
    await screen.tap("practise")
    assert "Practice · 1 of 6" in screen.texts()
    await phone.fill_in()
    await screen.tap("save")
    assert "The next diary opens Monday 23 November at 18:00." in screen.texts()
    assert phone.link.codes == [CODE.replace("-", "")]


async def test_a_practice_is_kept_apart_and_its_date_recorded(phone: Phone) -> None:
    phone.enrol()
    screen = await phone.open()
    await screen.tap("practise")
    await phone.fill_in()
    await screen.tap("save")
    practice, training = phone.diary.records(RecordKind.ENTRY, RecordKind.TRAINING)
    assert (practice.body["practice"], training.body["entry"]) == (1, practice.id)
    assert not phone.has_entry()


async def test_a_practice_leaves_no_draft(phone: Phone) -> None:
    phone.enrol()
    screen = await phone.open()
    await screen.tap("practise")
    await screen.choose(7)
    screen = await phone.restart()
    assert "Try it once first" in screen.texts()


async def test_a_slip_in_a_whole_code_is_told_before_anything_is_sent(phone: Phone) -> None:
    screen = await phone.open()
    await screen.type("code", SLIP)
    assert TROUBLES[Trouble.SLIP] in screen.texts()
    await screen.tap("enrol")
    assert phone.link.codes == []


async def test_half_a_code_is_not_called_wrong_while_it_is_typed(phone: Phone) -> None:
    screen = await phone.open()
    await screen.type("code", "0123-45")
    assert TROUBLES[Trouble.SLIP] not in screen.texts()
    await screen.tap("enrol")
    assert TROUBLES[Trouble.SLIP] in screen.texts()


async def test_a_link_fills_in_the_code(phone: Phone) -> None:
    phone.host.code = CODE
    await phone.start_over()
    screen = await phone.open()
    assert screen.find("code").value == CODE
    await screen.tap("enrol")
    assert "Try it once first" in screen.texts()
    assert "code used" in phone.host.told


async def test_a_link_copied_into_the_field_names_the_server_too(phone: Phone) -> None:
    screen = await phone.open()
    await screen.type("code", f"https://diary.example/app/#enrol={CODE}")
    await screen.tap("enrol")
    assert (phone.link.codes, phone.link.servers) == ([CODE.replace("-", "")], ["https://diary.example"])


async def test_a_copied_link_that_is_not_safe_is_a_slip(phone: Phone) -> None:
    screen = await phone.open()
    await screen.type("code", f"http://diary.example/app/#enrol={CODE}")
    assert TROUBLES[Trouble.SLIP] in screen.texts()
    await screen.tap("enrol")
    assert phone.link.codes == []


@pytest.mark.parametrize(
    "code", [Code.CODE_UNKNOWN, Code.CODE_EXPIRED, Code.CODE_USED, Code.SERVER_NOT_NAMED, Code.WRONG_PARTICIPANT]
)
async def test_a_refused_code_says_what_to_do(phone: Phone, code: Code) -> None:
    phone.link.refusal = code
    screen = await phone.open()
    await screen.type("code", CODE)
    await screen.tap("enrol")
    assert TROUBLES[trouble_of(code)] in screen.texts()
    assert screen.find("code").value == CODE


async def test_no_connection_is_said_and_the_same_code_works_later(phone: Phone) -> None:
    phone.link.reachable = False
    screen = await phone.open()
    await screen.type("code", CODE)
    await screen.tap("enrol")
    assert TROUBLES[Trouble.OFFLINE] in screen.texts()
    phone.link.reachable = True
    await screen.tap("enrol")
    assert "Try it once first" in screen.texts()


async def test_outside_the_home_screen_nothing_is_enrolled(phone: Phone) -> None:
    phone.host.on_home_screen = False
    screen = await phone.open()
    assert "First put the diary on your home screen" in screen.texts()
    assert not screen.has("enrol")


@pytest.mark.parametrize(
    ("before", "typed", "shown"),
    [("", "k", "K"), ("K7Q", "K7QM", "K7QM"), ("K7QM", "K7QM3", "K7QM-3"), ("", "k7qm 3xzp 9a2b", "K7QM-3XZP-9A2B")],
)
def test_a_code_groups_itself_while_it_grows(before: str, typed: str, shown: str) -> None:
    assert grouped_while_typing(before, typed) == shown


def test_nothing_moves_while_a_character_is_removed() -> None:
    assert grouped_while_typing("K7QM-3XZP", "K7QM3XZP") == "K7QM3XZP"


async def test_in_large_letters_the_whole_code_is_seen(phone: Phone) -> None:
    screen = await phone.open()
    assert not screen.find("code").multiline
    phone.state.text_measured(2.0)
    await screen.settle()
    assert screen.find("code").multiline
