"""A built web app for the session, a server that can be stopped, and a phone whose profile outlives its browser."""

import fcntl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from diary_app.web.builder import build
from diary_app.web.source import AppSource, folder_source
from tests.browser.driving import FLAGS, Phone, Served, find_chromium, served, web_app_server
from tests.browser.visits import Visit, visit_of_alice, visit_to_the_sample
from tests.browser.whole_path import code_for_alice, running_app, settings_of

ROOT = Path(__file__).parents[2]
BUILDS = ROOT / "build"
SAMPLE = ROOT / "tests" / "web" / "sample_app"
#: What is expected is waited for as long as whatever else Playwright waits for: a loaded machine takes its seconds.
expect.set_options(timeout=30_000)


def built(name: str, source: AppSource | None = None) -> Path:
    """A web app built by the project's own builder; kept between runs, rebuilt when anything in it changed.

    One builds at a time: where tests run in several processes, whoever comes second finds it done.
    """
    out = BUILDS / "tests" / name
    BUILDS.mkdir(exist_ok=True)
    with (BUILDS / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build(out, work=BUILDS / "work", app_version="0.0.1", app=source)
    return out


@pytest.fixture(scope="session")
def sample_app() -> Path:
    """The small sample as a web app."""
    return built("sample", folder_source(SAMPLE))


@pytest.fixture(scope="session")
def newer_sample_app(sample_app: Path) -> Path:
    """The same sample one release later: only its own code differs."""
    source = folder_source(SAMPLE)
    return built("newer-sample", replace(source, files={**source.files, "release.txt": b"newer"}))


@pytest.fixture(scope="session")
def broken_sample_app(sample_app: Path) -> Path:
    """A release whose Python does not get beyond its first line."""
    source = folder_source(SAMPLE)
    return built("broken-sample", replace(source, files={**source.files, "main.py": b"raise SystemError('broken')"}))


@pytest.fixture(scope="session")
def diary_web_app() -> Path:
    """The diary itself as a web app."""
    return built("diary")


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """While it runs, nothing else in this process can run a loop in the main thread: so it ends with each module."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """For pages that need no profile of their own, as those of the console."""
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
    yield browser
    browser.close()


@pytest.fixture
def live(tmp_path: Path, sample_app: Path) -> Path:
    """The folder that the server shows; a test points it elsewhere to deploy."""
    link = tmp_path / "live"
    link.symlink_to(sample_app)
    return link


@pytest.fixture
def server(live: Path) -> Iterator[Served]:
    with served(web_app_server(live)) as running:
        yield running


@pytest.fixture
def phone(playwright: Playwright, server: Served, tmp_path: Path) -> Iterator[Phone]:
    alices = Phone(playwright, tmp_path / "profile", server.url)
    yield alices
    alices.close()


@pytest.fixture
def code(tmp_path: Path, diary_web_app: Path) -> str:
    """With which Alice makes the diary her own."""
    return code_for_alice(settings_of(tmp_path, diary_web_app))


@pytest.fixture
def study(tmp_path: Path, diary_web_app: Path, code: str) -> Iterator[Served]:
    """The study's server with the web app."""
    with served(running_app(settings_of(tmp_path, diary_web_app))) as running:
        yield running


@pytest.fixture
def alices_phone(playwright: Playwright, study: Served, tmp_path: Path) -> Iterator[Phone]:
    """Alice's browser."""
    phone = Phone(playwright, tmp_path / "profile", study.url)
    yield phone
    phone.close()


@pytest.fixture(scope="session")
def visits() -> Iterator[dict[str, Visit]]:
    """Those of this session; whoever needs one first makes it."""
    made: dict[str, Visit] = {}
    yield made
    for visit in made.values():
        visit.held.close()


@pytest.fixture(scope="module")
def sample_visit(
    playwright: Playwright, visits: dict[str, Visit], sample_app: Path, tmp_path_factory: pytest.TempPathFactory
) -> Visit:
    """The sample was opened once."""
    if "sample" not in visits:
        visits["sample"] = visit_to_the_sample(playwright, tmp_path_factory.mktemp("visit"), sample_app)
    return visits["sample"]


@pytest.fixture(scope="module")
def alices_visit(
    playwright: Playwright, visits: dict[str, Visit], diary_web_app: Path, tmp_path_factory: pytest.TempPathFactory
) -> Visit:
    """Alice enrolled this evening."""
    if "alice" not in visits:
        visits["alice"] = visit_of_alice(playwright, tmp_path_factory.mktemp("visit"), diary_web_app)
    return visits["alice"]


@pytest.fixture
def known_server(live: Path, sample_visit: Visit) -> Iterator[Served]:
    """The server where the sample was opened."""
    with served(web_app_server(live), sample_visit.port) as running:
        yield running


@pytest.fixture
def known_phone(playwright: Playwright, known_server: Served, sample_visit: Visit, tmp_path: Path) -> Iterator[Phone]:
    """The phone on which the sample was opened once, and closed again."""
    sample_visit.gone_on_in(tmp_path)
    phone = Phone(playwright, tmp_path / "profile", known_server.url)
    yield phone
    phone.close()


@pytest.fixture
def known_study(alices_visit: Visit, tmp_path: Path, diary_web_app: Path) -> Iterator[Served]:
    """The study's server after Alice has enrolled."""
    alices_visit.gone_on_in(tmp_path)
    with served(running_app(settings_of(tmp_path, diary_web_app)), alices_visit.port) as running:
        yield running


@pytest.fixture
def enrolled_phone(playwright: Playwright, known_study: Served, tmp_path: Path) -> Iterator[Phone]:
    """Alice's browser, in which she has enrolled, closed again."""
    phone = Phone(playwright, tmp_path / "profile", known_study.url)
    yield phone
    phone.close()
