"""The PIN never leaves the phone: everything that reaches the server of an evening is read and searched for it."""

import gzip
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response

from diary_app.core.wire import SYNC_PATH
from tests.browser.driving import Phone, Served, served, tap, wait_text, wait_until_kept
from tests.browser.whole_path import (
    ANSWERS,
    choose_pin,
    decide_on_reminders,
    fill_in,
    running_app,
    settings_of,
    type_pin,
)

pytestmark = [pytest.mark.browser, pytest.mark.long]
PIN, WRONG = "958271", "602483"


class Wire:
    """Whatever reached the server: address, headers and unpacked body of each request, as one text."""

    def __init__(self, app: FastAPI) -> None:
        self.heard: list[str] = []

        @app.middleware("http")
        async def read(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
            body = await request.body()
            if request.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            self.heard.append(f"{request.url}\n{request.headers.items()}\n{body.decode('utf-8', 'replace')}")
            return await answer(request)

    def says(self, word: str) -> bool:
        """Whether it stands there on its own; a few digits may well be a part of a hash."""
        alone = re.compile(rf"(?<![0-9A-Za-z+/]){re.escape(word)}(?![0-9A-Za-z+/])")
        return any(alone.search(text) for text in self.heard)


@pytest.fixture
def wire(tmp_path: Path, diary_web_app: Path, code: str) -> Iterator[tuple[Wire, Served]]:
    app = running_app(settings_of(tmp_path, diary_web_app))
    wire = Wire(app)
    with served(app) as running:
        yield wire, running


@pytest.fixture
def study(wire: tuple[Wire, Served]) -> Served:
    return wire[1]


def clothed(pin: str) -> set[str]:
    """The PIN, and the PIN as somebody would hide it: that of six digits is found from its hash in a moment."""
    raw, hashed = pin.encode(), sha256(pin.encode())
    texts = {encode(data).decode() for encode in (b64encode, urlsafe_b64encode) for data in (raw, hashed.digest())}
    return {pin, pin[::-1], raw.hex(), hashed.hexdigest(), *texts, *(text.rstrip("=") for text in texts)}


def test_nothing_that_a_phone_sends_holds_its_pin(alices_phone: Phone, wire: tuple[Wire, Served], code: str) -> None:
    page = alices_phone.open(f"/app/#enrol={code}")
    tap(page, "button", "Begin")
    choose_pin(page, PIN)
    decide_on_reminders(page)
    tap(page, "button", "Fill in the diary")
    fill_in(page, ANSWERS)
    tap(page, "button", "Save")
    wait_text(page, "Received by the study", timeout=120_000)
    wait_until_kept(page)
    page.reload()
    type_pin(page, "Your PIN", "Open the diary", WRONG)
    wait_text(page, "That was not the PIN")
    heard = wire[0]
    before = len(heard.heard)
    type_pin(page, "Your PIN", "Open the diary", PIN)
    wait_text(page, "Received by the study")
    for _ in range(300):
        if any(SYNC_PATH in text for text in heard.heard[before:]):
            break
        page.wait_for_timeout(100)
    else:
        raise AssertionError("opening the diary is heard of too")
    assert heard.says(code.replace("-", "")) or heard.says(code), "what was sent is read"
    assert any("DMD01" in text for text in heard.heard), "the evening among it"
    assert [word for pin in (PIN, WRONG) for word in clothed(pin) if heard.says(word)] == []
    assert alices_phone.errors == []
