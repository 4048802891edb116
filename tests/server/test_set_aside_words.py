"""Whatever is set aside, the list says why in words."""

import pytest

from diary_app.core.errors import Code
from diary_app.core.records import CHAIN_BROKEN
from server.intake.set_aside_words import why


@pytest.mark.parametrize("code", [*sorted(CHAIN_BROKEN), Code.CHAIN_GAP, Code.DEVICE_LOST, Code.ENVELOPE_UNREADABLE])
def test_what_a_push_sets_aside_is_explained(code: Code) -> None:
    assert why(code) != code
    assert " " in why(code)


def test_a_code_without_words_stands_for_itself() -> None:
    assert why("newer_code") == "newer_code"
