"""A year in Alice's life in Danish and in English: her next phone, her past, an evening without a network, a browser
that is killed, a change, and everything at the server exactly once."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from diary_app.core.grading import State
from diary_app.looking_back import month_of
from diary_app.resources import catalogue
from diary_app.texts import LANGUAGES, Texts
from diary_app.widgets.day_shapes import NAMES
from tests.browser.driving import Phone, Served, served, tap, wait_text, wait_until_kept
from tests.browser.test_waking import LOOKED_AWAY
from tests.browser.whole_path import (
    ANSWERS,
    change_the_first_answer,
    choose_pin,
    decide_on_reminders,
    fill_in,
    open_with_pin,
    received,
    running_app,
    settings_of,
)  # fmt: skip
from tests.browser.year import LANGUAGE, a_year_later, begun_early

pytestmark = [pytest.mark.browser, pytest.mark.long]
LOCALES = {"da": "da-DK", "en": "en-GB"}
#: The names of all buttons in the moment in which a heading is there.
BUTTONS_UNDER = """heading => {
  if (![...document.querySelectorAll('h2')].some(node => node.innerText.trim() === heading)) return false;
  return [...document.querySelectorAll('flt-semantics[role=button]')].map(node => node.innerText.trim()); }"""


@dataclass
class Alice:
    """Her browser, her language, her code, the server, and the evenings that it has of her."""

    phone: Phone
    say: Texts
    code: str
    server: Served
    evenings: list[date]


@pytest.fixture(scope="module")
def year(diary_web_app: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, list[date]]:
    """What the server keeps of it, the code for her next phone, and the evenings that she filled in."""
    folder = tmp_path_factory.mktemp("year")
    return folder, *a_year_later(begun_early(settings_of(folder, diary_web_app)))


@pytest.fixture(params=LOCALES)
def alice(
    playwright: Playwright,
    diary_web_app: Path,
    year: tuple[Path, str, list[date]],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Alice]:
    language = str(request.param)
    kept, code, evenings = year
    shutil.copytree(kept, tmp_path, dirs_exist_ok=True)
    with served(running_app(begun_early(settings_of(tmp_path, diary_web_app)))) as server:
        phone = Phone(playwright, tmp_path / "profile", server.url, LOCALES[language])
        yield Alice(phone, Texts(catalogue(language)), code, server, evenings)
        phone.close()


def evenings_in_history(page: Page, say: Texts, month: date) -> list[str]:
    """Month by month back to the first, the names of the days that are done."""
    done: list[str] = []
    while True:
        names = page.wait_for_function(BUTTONS_UNDER, arg=say.month(month), timeout=60_000).json_value()
        done += [name for name in names if name.endswith(f": {say(NAMES[State.DONE])}")]
        if say("Previous month") not in names:
            return done
        tap(page, "button", say("Previous month"))
        month = month_of(month - timedelta(days=1))


def test_a_year_an_evening_offline_a_killed_browser_and_everything_once(alice: Alice) -> None:
    say, before = alice.say, {entry.version.id for entry in received(alice.server.app)}
    saved = re.escape(say("Saved on this phone. It is sent when there is a connection."))
    arrived = say("Received by the study {time}.", time="X").partition("X")[0].strip()
    assert len(before) == len(alice.evenings)
    page = alice.phone.open(f"/app/#enrol={alice.code}")
    tap(page, "button", say("Begin"))
    if say.language != LANGUAGE:  # spoken as soon as the site is known, and left by who wants another
        tap(page, "button", LANGUAGES[say.language])
    choose_pin(page, say=say)
    decide_on_reminders(page, say)
    tap(page, "button", say("History"))
    today = alice.evenings[-1] + timedelta(days=1)
    shown = evenings_in_history(page, say, month_of(today))
    done = say(NAMES[State.DONE])
    assert sorted(shown) == sorted(say("{day}: {state}", day=say.day_alone(day), state=done) for day in alice.evenings)

    tap(page, "button", say("Back"))
    tap(page, "button", say("Fill in the diary"))
    wait_until_kept(page)
    alice.server.stop()
    fill_in(page, ANSWERS, say)
    tap(page, "button", say("Save"))
    wait_text(page, saved)
    alice.phone.kill()
    page = alice.phone.open()
    open_with_pin(page, say=say)
    wait_text(page, saved)
    tap(page, "button", re.sub(r" \(.*", "", say("Change the answers (until {time})", time="X")), exact=False)
    change_the_first_answer(page, "8", say)
    wait_text(page, saved)

    alice.server.start()
    page.evaluate(LOOKED_AWAY, True)
    page.evaluate(LOOKED_AWAY, False)
    wait_text(page, arrived, timeout=120_000)
    assert page.evaluate("document.documentElement.lang") == say.language
    new = [entry.version for entry in received(alice.server.app) if entry.version.id not in before]
    assert sorted((one.body.diary_day, one.body.revision, one.body.answers["DMD01"]) for one in new) == [
        (today, 1, 7),
        (today, 2, 8),
    ]
    assert len(received(alice.server.app)) == len(before) + len(new)
    assert alice.phone.off_origin == []
