"""The leaflet as a printer gets it: two pages, A4, for each site and language."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright

from scripts.leaflet import leaflet, pdf, study_from
from tests.browser.driving import FLAGS, find_chromium

pytestmark = [pytest.mark.browser, pytest.mark.long]
ADDRESS = "https://diary-of-a-long-name.hospital.example/app/"
STUDY = study_from(None)
BEYOND_THE_PAGE = "page => page.scrollHeight - page.clientHeight"
MEDIA_BOX = rb"/MediaBox\s*\[([^\]]+)\]"
A4 = [595, 842]  # points


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
    yield browser
    browser.close()


@pytest.mark.parametrize("language", STUDY.languages)
@pytest.mark.parametrize("address", ["", ADDRESS])
def test_two_pages_of_a4_are_printed(chromium: Browser, language: str, address: str) -> None:
    printed = pdf(chromium, leaflet(STUDY, STUDY.sites[0], language, address))
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 2
    sizes = {
        tuple(round(float(one)) for one in box.split()) for box in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", printed)
    }
    assert sizes <= {(0, 0, 595, 842), (0, 0, 596, 842)}


@pytest.mark.parametrize("language", STUDY.languages)
def test_nothing_is_cut_off_at_the_foot_of_a_page(chromium: Browser, language: str, tmp_path) -> None:
    from scripts.leaflet import SOURCES

    (tmp_path / "leaflet.css").write_bytes((SOURCES / "leaflet.css").read_bytes())
    (tmp_path / "leaflet.html").write_text(leaflet(STUDY, STUDY.sites[0], language, ADDRESS), encoding="utf-8")
    page = chromium.new_page(viewport={"width": 680, "height": 1000})  # 180 mm of paper between the margins
    page.goto((tmp_path / "leaflet.html").as_uri())
    page.emulate_media(media="print")
    beyond = [part.evaluate(BEYOND_THE_PAGE) for part in page.locator("section.page").all()]
    missing = page.locator("img").evaluate_all("all => all.filter(one => one.naturalWidth === 0).length")
    page.close()
    assert (beyond, missing) == ([0, 0], 0)


def test_each_site_has_its_own_number(chromium: Browser) -> None:
    texts = [leaflet(STUDY, site, "da") for site in STUDY.sites]
    assert all(site.contact.phone.replace(" ", "\u00a0") in text for site, text in zip(STUDY.sites, texts, strict=True))
