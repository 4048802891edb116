"""Makes the participant's leaflet, two A4 pages in each language of the study, with each site's telephone number.

python scripts/leaflet.py OUT [--study FILE] [--site copenhagen] [--address https://diary.example/app/]
"""

import argparse
import sys
import tempfile
from html import escape
from pathlib import Path
from string import Template

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from diary_app.core.languages import LANGUAGES  # noqa: E402
from diary_app.core.study import Site, Study, parse_study  # noqa: E402
from diary_app.resources import instrument, study_text  # noqa: E402
from tests.browser.driving import FLAGS, find_chromium  # noqa: E402

SOURCES = ROOT / "docs" / "leaflet"
PICTURES = ROOT / "docs" / "pictures"
STUDY = "mesrix-more"
NUMBERS = {
    "en": ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    "da": ("ét", "to", "tre", "fire", "fem", "seks", "syv", "otte", "ni", "ti", "elleve", "tolv"),
}


def leaflet(study: Study, site: Site, language: str, address: str = "") -> str:
    """The leaflet as HTML, with a line to write on where the address is not known."""
    window = study.diary.window(None)
    template = Template((SOURCES / f"leaflet.{language}.html").read_text(encoding="utf-8"))
    return template.substitute(
        phone=escape(site.contact.phone.replace(" ", "\u00a0")),
        hours=escape(site.contact.hours[language]),
        emergency=site.contact.emergency,
        site=escape(site.name),
        address=escape(address),
        questions=_in_words(len(instrument(study.diary.instrument, study.diary.version).items), language),
        opens=_on_the_clock(window.opens, language),
        closes=_on_the_clock(window.closes, language),
        pictures=PICTURES.as_uri(),
    )


def _in_words(number: int, language: str) -> str:
    """`six`; larger numbers in digits."""
    words = NUMBERS.get(language, ())
    return words[number - 1] if number <= len(words) else str(number)


def _on_the_clock(minutes: int, language: str) -> str:
    """The wall time, of that day or the next."""
    return f"{minutes // 60 % 24:02d}{LANGUAGES[language].colon}{minutes % 60:02d}"


def pdf(browser: Browser, html: str) -> bytes:
    """What the printer gets."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "leaflet.html")
        file.write_text(html, encoding="utf-8")
        Path(folder, "leaflet.css").write_bytes((SOURCES / "leaflet.css").read_bytes())
        page = browser.new_page()
        page.goto(file.as_uri())
        printed = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True)
        page.close()
    return printed


def study_from(file: Path | None) -> Study:
    """The study that is named, or the one that comes along. Raises FileInvalid."""
    return parse_study(file.read_text(encoding="utf-8") if file else study_text(STUDY), file=str(file or STUDY))


def main() -> None:
    """Write a PDF for each site and language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--study", type=Path, help="a study file of your own")
    parser.add_argument("--site", action="append", help="only this site")
    parser.add_argument("--address", default="", help="where the app is")
    options = parser.parse_args()
    study = study_from(options.study)
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        for site in study.sites:
            for language in study.languages if site.id in (options.site or [site.id]) else ():
                target = options.out / f"leaflet-{site.id}-{language}.pdf"
                target.write_bytes(pdf(browser, leaflet(study, site, language, options.address)))
                sys.stdout.write(f"{target}\n")
        browser.close()


if __name__ == "__main__":
    main()
