"""What only a real page can do for the diary: ask for reminders, show one, scale the letters, give a file, copy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from tests.browser.driving import Phone, served, tap, wait_text, wait_until_kept, web_app_server
from tests.browser.visits import come_back
from tests.browser.whole_path import choose_pin, open_with_pin

pytestmark = [pytest.mark.browser, pytest.mark.long]

#: A field of our own among Flutter's; says what happens to its focus. `heard`: someone listens to what is typed.
FOCUS_OF_A_FIELD = """heard => new Promise(resolve => {
    const node = document.createElement('flt-semantics'), field = document.createElement('input'), seen = [];
    for (const kind of ['focus', 'blur']) field.addEventListener(kind, () => seen.push(kind));
    if (heard) field.addEventListener('input', () => {});
    node.append(field);
    document.body.append(node);
    field.focus();
    let frames = 0;
    const look = () => ++frames < 30 ? requestAnimationFrame(look) : (resolve([...seen]), node.remove());
    look();
})"""


def root_size(page: Page) -> str:
    return str(page.evaluate("() => getComputedStyle(document.documentElement).fontSize"))


def test_an_allowed_reminder_is_shown_and_says_nothing(alices_phone: Phone, code: str) -> None:
    page = alices_phone.open(f"/app/#enrol={code}")
    page.context.grant_permissions(["notifications"])
    tap(page, "button", "Begin")
    choose_pin(page)
    wait_until_kept(page)
    tap(page, "button", "Send me a test reminder")
    wait_text(page, "A test reminder is on its way")
    script = "async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(n => [n.title, n.body])"
    assert page.evaluate(script) == [["Diary", "Time for the diary"]]


def test_settings_scale_the_letters_and_copy_a_report(enrolled_phone: Phone) -> None:
    page = come_back(enrolled_phone)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tap(page, "button", "Settings")
    tap(page, "radio", "Larger")
    page.wait_for_function("() => getComputedStyle(document.documentElement).fontSize === '24px'")
    tap(page, "button", "Copy the report")
    wait_text(page, "The report is copied")
    assert "installed: no" in page.evaluate("() => navigator.clipboard.readText()")
    page.reload()
    open_with_pin(page)
    wait_text(page, "Settings")
    assert root_size(page) == "24px"
    assert enrolled_phone.errors == []


@pytest.fixture(scope="module")
def opened(playwright: Playwright, sample_app: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """The sample, opened once for what leaves nothing behind."""
    with served(web_app_server(sample_app)) as running:
        phone = Phone(playwright, tmp_path_factory.mktemp("profile"), running.url)
        wait_text(phone.open(), "Entries: 0")
        yield phone
        phone.close()


@pytest.fixture
def page(opened: Phone) -> Page:
    """Its only window."""
    assert opened.context is not None
    return opened.context.pages[-1]


def test_a_field_nobody_listens_to_lets_go_of_the_focus_and_gets_it_back(page: Page) -> None:
    assert page.evaluate(FOCUS_OF_A_FIELD, True) == ["focus"]
    assert page.evaluate(FOCUS_OF_A_FIELD, False) == ["focus", "blur", "focus"]


def test_a_file_is_given_as_a_download(opened: Phone, page: Page) -> None:
    with page.expect_download() as given:
        page.evaluate("() => saveFile('diary.rescue', new Uint8Array([7, 8]))")
    assert given.value.suggested_filename == "diary.rescue"
    assert given.value.path().read_bytes() == bytes([7, 8])
    assert opened.errors == []
