"""Takes pictures of the console in Chromium, for people to look at: a staged site on a staged morning.

python scripts/screenshots_console.py docs/pictures/console --guide
python scripts/screenshots_console.py OUT [--only overview] [--size desk] [--language da] [--dark] [--large]
"""

import argparse
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from diary_app.core.facts import AnchorSet, RemindersChosen  # noqa: E402
from diary_app.core.rescue import read_rescue  # noqa: E402
from diary_app.core.rescue_codes import codes_of  # noqa: E402
from server.access.roles import Role  # noqa: E402
from server.app import create_app  # noqa: E402
from server.export.bundle import make_bundle  # noqa: E402
from server.services import Services, open_services  # noqa: E402
from server.settings import Settings  # noqa: E402
from server.simulate.environment import SimulatedEnvironment  # noqa: E402
from tests.browser.driving import FLAGS, find_chromium, served  # noqa: E402
from tests.console import kept, staged  # noqa: E402
from tests.server.handset import Handset, ready, record_fact  # noqa: E402
from tests.server.parting import AWAY, part  # noqa: E402
from tests.server.test_rescue import file_of  # noqa: E402

MORNING = datetime(2026, 11, 22, 7, 2, tzinfo=UTC)
SIZES = {"desk": (1280, 800), "wide": (1680, 1050), "tablet": (820, 1180), "phone": (390, 844), "small": (320, 640)}
PAGES = {
    "login": ("", "/console/login"),
    "overview": ("carol", "/console/"),
    "two-weeks": ("carol", "/console/?days=14"),
    "eight-weeks": ("carol", "/console/?days=56"),
    "filtered": ("carol", "/console/?state=missed"),
    "phase": ("carol", "/console/?phase=treatment_1_to_2"),
    "all-sites": ("sam", "/console/"),
    "empty": ("olga", "/console/"),
    "nothing": ("adam", "/console/"),
    "refused": ("carol", "/console/?site=odense"),
    "enrol": ("carol", "/console/enrol"),
    "start": ("carol", "/console/participants/01-001/start"),
    "start-first": ("carol", "/console/participants/01-042/start"),
    "letter": ("carol", "/console/participants/01-042/start"),
    "study": ("carol", "/console/study"),
    "ahead": ("carol", "/console/study/ahead?start=2027-03-26&days=9&day_1=2027-03-30&zone_1=Asia/Tokyo"),
    "year": ("carol", "/console/?days=365"),
    "calls": ("carol", "/console/calls"),
    "call": ("carol", "/console/calls/01-005"),
    "calls-watched": ("sam", "/console/calls"),
    "inbox": ("carol", "/console/inbox"),
    "set-aside": ("ines", "/console/inbox"),
    "visits": ("carol", "/console/visits"),
    "compliance": ("sam", "/console/compliance"),
    "health": ("adam", "/console/health"),
    "keys": ("carol", "/console/keys"),
    "rescue": ("carol", "/console/rescue"),
    "rescued": ("carol", "/console/rescue"),
    "rescue-refused": ("carol", "/console/rescue"),
    "codes-missing": ("carol", "/console/rescue"),
}
#: A version is handed over; the last one is of one person.
REHEARSALS = ("rehearsal-form", "rehearsal", "rehearsal-refused", "rehearsal-person")
PAGES |= dict.fromkeys(REHEARSALS, ("ines", "/console/study/rehearsal"))
PERSON = f"/console/participants/{kept.NUMBER}"
PAGES |= {
    "people": ("carol", "/console/participants"),
    "calendar": ("carol", PERSON),
    "entries": ("ines", f"{PERSON}/entries"),
    "answers": ("ines", f"{PERSON}/answers"),
    "reminders": ("carol", f"{PERSON}/reminders"),
    "person-phone": ("carol", f"{PERSON}/phone"),
    "contact": ("carol", f"{PERSON}/contact"),
    "treatments": ("ines", f"{PERSON}/treatments"),
    "corrections": ("ines", f"{PERSON}/corrections"),
    "signatures": ("ines", f"{PERSON}/signatures"),
    "signals": ("ines", f"{PERSON}/signals"),
    "own-trail": ("ines", f"{PERSON}/trail"),
    "sheet": ("carol", f"{PERSON}/sheet"),
    "trail": ("ines", "/console/trail"),
    "exports": ("ines", "/console/exports"),
    "exports-sponsor": ("sam", "/console/exports"),
    "preview": ("carol", f"{PERSON}/treatments"),
    "status-preview": ("carol", f"{PERSON}/treatments"),
    "accounts": ("adam", "/console/people"),
    "invite": ("adam", "/console/people/invite"),
    "me": ("carol", "/console/me"),
    "paper": ("carol", "/console/paper"),
    "paper-blank": ("carol", "/console/paper/blank?language=da&evenings=1"),
    "paper-type": ("carol", f"/console/paper/transcribe/{kept.NUMBER}"),
    "interview": ("carol", f"/console/paper/transcribe/{kept.NUMBER}?given=telephone"),
    "incidents": ("adam", "/console/incidents"),
    "incident": ("adam", "/console/incidents/1"),
    "incident-more": ("adam", "/console/incidents/1/more"),
}
#: For the others more people or a copied phone are staged, which would be on every picture.
BY_THEMSELVES = tuple(one for one in PAGES if one not in {*REHEARSALS, "set-aside"})
#: What docs/coordinator-guide.md and docs/investigator-guide.md show.
GUIDE = (
    "overview", "calls", "enrol", "letter", "preview", "sheet", "answers", "corrections", "signatures", "signals",
    "trail", "exports",
)  # fmt: skip
#: Whose end is talked about in the guides, taken down to it.
TO_THE_END = ("letter", "preview", "sheet")
#: Filled in and sent on the page, by its name above.
FORMS = {
    "preview": ("treatments/preview", kept.TREATMENT),
    "status-preview": ("status/preview", {"status": "died", "effective": "2026-11-20"}),
}
#: Handed over on the page, by its name above.
FILES: dict[str, bytes] = {"rescue-refused": b"not a rescue file"}
#: Scanned on the page, by its name above.
CODES: dict[str, str] = {}
DOUBLE_TEXT = "document.documentElement.style.fontSize = '200%'"


def stage(services: Services) -> None:
    """Two sites, one of them without participants, and everybody who looks at them."""
    kept.keep(services, MORNING)
    staged.crowd(services)
    staged.incident(services)
    FILES["rescued"] = file_of(unsent(services))
    CODES["codes-missing"] = "\n".join(codes_of(read_rescue(FILES["rescued"]))[1:])
    staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"), display="Carol Holm")
    staged.account(services, "olga", (Role.COORDINATOR, "odense"))
    staged.bundles(services, staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"), display="Ines Krogh"))
    staged.account(services, "sam", (Role.SPONSOR, "*"))
    staged.account(services, "adam", (Role.ADMINISTRATOR, "*"))


def stage_copied(services: Services) -> None:
    """A phone was copied, and a time zone that one of the two confirmed was set aside."""
    phone = ready(services, "01-091", "copied")
    part(phone, phone.copied(), AWAY)


def stage_rehearsal(services: Services) -> None:
    """A dozen people whose diary begins tomorrow, some with an evening of their own, and the next version."""
    for number in range(11):
        phone = ready(services, f"01-{201 + number}", f"rehearsed {number}")
        if number % 3 == 0:
            phone.record("choice", instrument="DMD", choice="early_evening")
        if number % 4 == 1:
            phone.record("pause", until="2026-11-27")
        record_fact(services, phone.participant, RemindersChosen(channels=("email",)))
        phone.sync()
    record_fact(services, "01-202", AnchorSet(anchor="treatment_1", planned=MORNING.date() + timedelta(days=5)))
    text = services.study.text.replace('version = "1"\n', 'version = "2"\n')
    wrong = text.replace("2026-01-01", "2026-02-01").replace("slot = 2\n", "slot = 2\nactive = true\n")
    right = text.replace('opens = "18:00"', 'opens = "17:30"').replace("days_before = 14", "days_before = 10")
    FILES["rehearsal"] = FILES["rehearsal-person"] = right.replace('latest = "22:15"', 'latest = "22:00"').encode()
    FILES["rehearsal-refused"] = wrong.encode()


def unsent(services: Services) -> Handset:
    """A phone of Carol's site that holds an entry and cannot send."""
    handset = ready(services, "01-090", "far away")
    for _ in range(3):
        handset.record("app_event")
    return handset


def log_in(page: Page, origin: str, name: str, language: str) -> None:
    """As a person would."""
    page.goto(f"{origin}/console/login")
    page.fill("#username", name)
    page.fill("#password", staged.PASSWORD)
    page.click("button.primary")
    page.click(f".account button[value={language}]")


def take(browser: Browser, origin: str, options: argparse.Namespace, name: str, language: str, size: str) -> Path:
    """One picture of the whole page, as far as it goes."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if options.dark else "light",
        locale="da-DK" if language == "da" else "en-GB",
    )
    page = context.new_page()
    who, path = PAGES[name]
    if who:
        log_in(page, origin, who, language)
    page.goto(origin + path)
    if name == "letter":
        page.click("button.primary")
    if name == "set-aside":
        page.click("a[href^='/console/inbox/set-aside/']")
    if name in FILES:
        handed = "next.toml" if name in REHEARSALS else "d.rescue"
        page.set_input_files("#file", {"name": handed, "mimeType": "application/octet-stream", "buffer": FILES[name]})
        page.click("button.primary")
    if name == "rehearsal-person":
        page.locator("tbody th button").first.click()
    if name in CODES:
        page.fill("#codes", CODES[name])
        page.locator("button.primary").last.click()
    if name in FORMS:
        action, fields = FORMS[name]
        form = page.locator(f"form[action$='{action}']")
        page.locator("details.act", has=form).locator("summary").click()
        for field, value in fields.items():
            place = form.locator(f"[name={field}]")
            if field == "what":
                form.locator(f"[name=what][value={value}]").check()
            elif field in ("anchor", "status"):
                place.select_option(value)
            else:
                place.fill(value)
        form.locator("button").click()
    if options.large:
        page.evaluate(DOUBLE_TEXT)
    if options.print:
        page.emulate_media(media="print")
    look = "-dark" * options.dark + "-large" * options.large + "-print" * options.print
    target: Path = options.out / f"{name}-{language}-{size}{look}.png"
    page.screenshot(path=target, full_page=options.whole or (options.guide and name in TO_THE_END))
    if options.guide:
        Image.open(target).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE).save(target, optimize=True)
    context.close()
    return target


def main() -> None:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", action="append", choices=PAGES, help="else all but those staged only when asked for")
    parser.add_argument("--size", action="append", choices=SIZES)
    parser.add_argument("--language", action="append", choices=["da", "en"])
    parser.add_argument("--guide", action="store_true", help="the pictures of the guides: docs/pictures/console")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--large", action="store_true", help="text at 200 %%")
    parser.add_argument("--print", action="store_true", help="as on paper")
    parser.add_argument("--whole", action="store_true", help="down to the end of the page")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings, clock = Settings(var_folder=Path(folder)), SimulatedEnvironment(kept.begin(MORNING))
        services = open_services(settings, clock)
        stage(services)
        if set(options.only or ()) & set(REHEARSALS):
            stage_rehearsal(services)
        if "set-aside" in (options.only or ()):
            stage_copied(services)
        services.close()
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        with served(create_app(settings, clock, clockwork=False, test_bundle=make_bundle)) as running:
            for name in options.only or (GUIDE if options.guide else BY_THEMSELVES):
                for language in options.language or ["en"]:
                    for size in options.size or ["desk"]:
                        target = take(browser, running.url, options, name, language, size)
                        sys.stdout.write(f"{target}\n")
        browser.close()


if __name__ == "__main__":
    main()
