"""A key in a backup is put back whole, or nothing is written: what is there would stand in the way of a good backup."""

from pathlib import Path

import pytest

from diary_app.core.errors import Code, XerodiaryError
from server import key_files
from server.settings import SettingInvalid


@pytest.fixture
def pem(tmp_path: Path) -> bytes:
    """A key as the server makes it."""
    file = tmp_path / "made" / "sealing.key"
    key_files.private_key(file)
    return file.read_bytes()


@pytest.mark.parametrize(
    "spoil", [lambda _: b"", lambda _: b"no key", lambda pem: pem[:-40], lambda pem: pem + b"\xac"]
)
def test_what_is_no_key_is_refused_and_nothing_is_written(tmp_path: Path, pem: bytes, spoil: object) -> None:
    file = tmp_path / "elsewhere" / "sealing.key"
    assert callable(spoil)
    with pytest.raises(XerodiaryError) as refusal:
        key_files.put_back(file, spoil(pem))
    assert (refusal.value.code, file.exists()) == (Code.BACKUP_UNREADABLE, False)
    key_files.put_back(file, pem)
    assert file.read_bytes() == pem


def test_another_key_is_left_where_it_lies(tmp_path: Path, pem: bytes) -> None:
    file = tmp_path / "elsewhere" / "sealing.key"
    key_files.private_key(file)
    before = file.read_bytes()
    with pytest.raises(SettingInvalid):
        key_files.put_back(file, pem)
    assert file.read_bytes() == before
