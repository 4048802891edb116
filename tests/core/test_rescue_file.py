"""The rescue file: whole, proven by the phone that wrote it, or refused with what to do."""

import json

import pytest

from diary_app.core.errors import Code
from diary_app.core.records import GENESIS
from diary_app.core.rescue import MAX_FILE_BYTES, RescueFile, RescueRefused, chain_of, is_proven, read_rescue
from diary_app.core.wire import ChainHead
from tests.core.evenings import PHONE

TOKEN, OTHER = "ab" * 32, "cd" * 32
HEAD = ChainHead(sequence=2, hash=GENESIS)
CHAIN = chain_of(TOKEN, PHONE, HEAD, ["xe1:AAAA", "xe1:BBBB"])
FILE = RescueFile(app_version="1", chains=(CHAIN,)).to_bytes()


def test_a_file_is_read_as_it_was_written() -> None:
    assert read_rescue(FILE).chains == (CHAIN,)
    assert (json.loads(FILE)["format"], json.loads(FILE)["version"]) == ("xerodiary-rescue", 1)


def test_only_the_phone_with_the_token_proves_a_chain() -> None:
    assert is_proven(CHAIN, TOKEN)
    assert not is_proven(CHAIN, OTHER)


@pytest.mark.parametrize(
    "change",
    [
        {"records": ("xe1:AAAA",)},
        {"records": ("xe1:BBBB", "xe1:AAAA")},
        {"records": ("xe1:AAAA\nxe1:BBBB", "xe1:CCCC")},
        {"head": ChainHead(sequence=3, hash=GENESIS)},
        {"device": PHONE.replace("1", "2")},
    ],
    ids=["fewer", "other order", "other records", "other head", "other device"],
)
def test_a_changed_chain_proves_nothing(change: dict[str, object]) -> None:
    assert not is_proven(CHAIN.model_copy(update=change), TOKEN)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"\xff\xfe", FILE[:-20], FILE.replace(b"xerodiary-rescue", b"something-else"), b"[]"]
)
def test_what_is_no_whole_file_is_refused(data: bytes) -> None:
    with pytest.raises(RescueRefused, match="not a whole rescue file") as refused:
        read_rescue(data)
    assert refused.value.code is Code.RESCUE_UNREADABLE


def test_a_file_of_a_newer_app_asks_for_an_update() -> None:
    with pytest.raises(RescueRefused, match="newer app"):
        read_rescue(FILE.replace(b'"version": 1', b'"version": 2').replace(b'"version":1', b'"version":2'))


def test_a_file_that_no_phone_can_fill_is_refused() -> None:
    with pytest.raises(RescueRefused, match="larger than 5 MB"):
        read_rescue(bytes(MAX_FILE_BYTES + 1))
