"""Both platforms' cryptography make and read the same bytes; the vectors were made with neither of ours."""

import subprocess
from pathlib import Path

import flet_web
import pytest

from diary_app.core.sealing import (
    Envelope,
    Sealed,
    Wrap,
    as_text,
    envelope_in,
    from_base64,
    is_open_text,
    without_waiting,
)
from diary_app.sealing.native import NativeCipher
from tests.core.test_records_in_pyodide import node
from tests.sealing.vectors_check import differences

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
VECTORS = HERE / "golden" / "sealing.json"


async def test_native_cryptography_agrees_with_the_vectors() -> None:
    assert await differences(NativeCipher(), VECTORS.read_text(encoding="utf-8")) == []


def test_the_browsers_cryptography_agrees_with_the_vectors() -> None:
    pyodide = Path(flet_web.get_package_web_dir()) / "pyodide"
    command = [node(), str(HERE / "vectors_in_pyodide.mjs"), str(pyodide), str(REPOSITORY)]

    ran = subprocess.run([*command, str(VECTORS.relative_to(REPOSITORY))], capture_output=True, text=True, timeout=120)

    assert ran.stdout.strip() == "agrees on emscripten", ran.stderr[-2000:]


@pytest.mark.parametrize("kind", [Sealed, Wrap, Envelope])
@pytest.mark.parametrize("content", [b"", b"XDS1", b"XDW1" + bytes(10), b"{}", b"XDE2" + bytes(200)])
def test_other_bytes_are_none_of_the_formats(kind: type[Sealed | Wrap | Envelope], content: bytes) -> None:
    with pytest.raises(ValueError, match="not of the format"):
        kind.parse(content)


def test_a_wrap_that_would_keep_the_phone_busy_is_refused() -> None:
    endless = b"XDW1" + bytes(16) + b"\xff\xff\xff\xff" + bytes(60)
    with pytest.raises(ValueError, match="iterations"):
        Wrap.parse(endless)


def test_an_envelope_among_texts_is_found_again() -> None:
    envelope = b"XDE1" + bytes(range(100))
    assert envelope_in(as_text(envelope)) == envelope
    assert envelope_in('{"body":{}}') is None


@pytest.mark.parametrize("text", ["a", "ab==", "a b", "æøå", "YQ==", "YR"])
def test_base64_of_others_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - binascii words it
        from_base64(text)


def test_only_a_record_as_it_was_written_is_open() -> None:
    assert is_open_text(b'{"id":1}')
    assert not is_open_text(b"XDS1...")


async def test_a_step_that_waits_cannot_be_hurried() -> None:
    with pytest.raises(RuntimeError, match="await the sealing"):
        without_waiting(NativeCipher().stretch(b"1234", bytes(16), 1))
