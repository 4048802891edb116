"""The page where a new version is rehearsed: who changes and how, one person, tables as files, clear refusals."""

import csv
import io
import re

import httpx
import pytest

from diary_app.core.errors import Code
from server.access.roles import Role
from server.console.study import rehearsal
from server.rehearsal.proposed import MAX_FILE_BYTES
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.console.conftest import LogIn, Page
from tests.console.test_nothing_unblinds import FORBIDDEN as FORBIDDEN_WORDS
from tests.console.test_nothing_unblinds import REACHED, told
from tests.rehearsal.staged import DORA, EMIL, FRIDA, Change, everything, next_text, stage

PATH = "/console/study/rehearsal"
EARLIER = ('opens = "18:00"', 'opens = "17:00"')


@pytest.fixture
def study(services: Services, clock: SimulatedEnvironment) -> Services:
    stage(services, clock)
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    staged.account(services, "sam", (Role.SPONSOR, "*"))
    return services


class Desk:
    """Somebody who hands over files, then presses buttons of what came back."""

    def __init__(self, client: httpx.AsyncClient, csrf: str, services: Services) -> None:
        self.client, self.csrf, self.services = client, csrf, services
        self.page: Page

    async def hand_over(self, *changes: Change, days: str = "14") -> Page:
        return await self.hand_over_bytes(next_text(self.services, *changes).encode(), days=days)

    async def hand_over_bytes(self, raw: bytes, name: str = "next.toml", days: str = "14") -> Page:
        data = {"csrf": self.csrf, "days": days}
        self.page = Page(await self.client.post(PATH, data=data, files={"file": (name, raw)}))
        return self.page

    async def press(self, view: str, **changes: str) -> httpx.Response:
        """As a browser does: the form's hidden fields, and the button's name and value."""
        form = self.page.response.text.partition('<form id="again"')[2].partition("</form>")[0]
        held = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
        return await self.client.post(PATH, data={**held, "view": view, **changes}, files={"file": ("", b"")})


async def desk_of(client: httpx.AsyncClient, log_in: LogIn, services: Services, who: str = "sam") -> Desk:
    page = await log_in(who)
    return Desk(client, page.csrf, services)


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_it_begins_with_one_sentence_and_the_table_of_who_changes(
    study: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    desk = await desk_of(client, log_in, study)
    page = await desk.hand_over(EARLIER)
    assert "Of 3 people in the diary 1 sees no change, 2 are asked at another hour." in page.text
    assert "1 person has paused reminders." in page.text
    assert all(number in page.text for number in (ALICE, DORA))
    assert BOB not in page.text
    assert "18:00–03:00+1, until 12:00+1" in page.text
    assert "17:00–03:00+1, until 12:00+1" in page.text
    assert "diary.windows.evening.opens" in page.text
    assert page.inline == []


async def test_an_investigator_sees_their_own_site_only(
    study: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    desk = await desk_of(client, log_in, study, "ines")
    page = await desk.hand_over(('usual = "20:00"', 'usual = "19:00"'))
    assert "All 2 people in the diary see a change, 2 are reminded at other times." in page.text
    everybody = Page(await desk.press("everybody=1")).text
    assert FRIDA in everybody
    assert BOB not in everybody
    assert EMIL not in everybody
    assert (await desk.press(f"participant={BOB}")).status_code == 404
    assert [row["Participant"] for row in rows(await desk.press("everybody=1&people.csv=1"))] == [ALICE, DORA, FRIDA]


async def test_one_person_is_shown_before_and_after(study: Services, client: httpx.AsyncClient, log_in: LogIn) -> None:
    desk = await desk_of(client, log_in, study)
    await desk.hand_over(EARLIER, days="3")
    shown = Page(await desk.press(f"participant={ALICE}")).text
    assert f"Participant {ALICE}" in shown
    assert "another hour" in shown
    assert "20:00, 21:15, 22:15" in shown
    evenings = rows(await desk.press(f"participant={ALICE}&evenings.csv=1"))
    opened, *coming = evenings
    assert opened["Remarks"] == "has opened; its hours stay"
    assert opened["Now"] == opened["With the new version"]
    assert len(coming) == 4
    assert {row["Now"] for row in coming} == {"18:00–03:00+1, until 12:00+1"}
    assert {row["With the new version"] for row in coming} == {"17:00–03:00+1, until 12:00+1"}


async def test_who_does_not_change_can_be_shown_and_every_table_taken_away(
    study: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    desk = await desk_of(client, log_in, study)
    await desk.hand_over(EARLIER)
    changed = rows(await desk.press("people.csv=1"))
    assert [row["Participant"] for row in changed] == [ALICE, DORA]
    everybody = {row["Participant"]: row for row in rows(await desk.press("everybody=1&people.csv=1"))}
    assert everybody[BOB]["What changes"] == "no change"
    assert everybody[EMIL]["Remarks"] == "consent withdrawn"
    assert everybody[FRIDA]["Remarks"] == "never activated"
    (version, *_) = rows(await desk.press("file.csv=1"))
    assert version == {"Key in the file": "version", "Now": "1", "With the new version": "2"}


async def test_more_people_than_one_page_can_work_out_come_in_portions(
    study: Services, client: httpx.AsyncClient, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal, "PORTION", 2)
    desk = await desk_of(client, log_in, study)
    assert "These are people 1 to 2 of 5, by number." in (await desk.hand_over(EARLIER)).text
    assert "These are people 5 to 5 of 5, by number." in Page(await desk.press("portion=2")).text
    assert (await desk.press("portion=99999")).status_code == 200


async def test_nothing_is_written_or_kept(study: Services, client: httpx.AsyncClient, log_in: LogIn) -> None:
    desk = await desk_of(client, log_in, study)
    before = everything(study.engine)
    files = sorted(study.settings.var_folder.rglob("*"))
    await desk.hand_over(EARLIER)
    await desk.press(f"participant={ALICE}")
    await desk.press("people.csv=1")
    await desk.hand_over(("2026-01-01", "2026-02-01"))
    assert everything(study.engine) == before
    assert sorted(study.settings.var_folder.rglob("*")) == files
    assert study.study.version == "1"


REFUSED: list[tuple[bytes, Code, str]] = [
    (b"", Code.STUDY_INVALID, "There is nothing in the file."),
    (b"\x00\xff\x13\x37" * 50, Code.STUDY_INVALID, "This is no text."),
    (b"name,site\n", Code.STUDY_INVALID, "next.toml:1"),
    (b"#" * (MAX_FILE_BYTES + 1), Code.BODY_TOO_LARGE, "larger than 128 kB"),
    (b"#" * (MAX_FILE_BYTES * 4), Code.BODY_TOO_LARGE, "larger than 128 kB"),
]


FORBIDDEN: list[tuple[Change, Code, str]] = [
    (("day_zero = 2026-01-01", "day_zero = 2026-02-01"), Code.AMENDMENT_FORBIDDEN, "day_zero"),
    (('id = "mesrix-more"', 'id = "another"'), Code.AMENDMENT_FORBIDDEN, "this is study another"),
    (('version = "2"\n', 'version = "0.1"\n'), Code.AMENDMENT_FORBIDDEN, "older than version 1"),
    (("slot = 2\n", "slot = 2\nactive = true\n"), Code.WORDING_NOT_INSTALLED, "Install the licence file"),
    (('usual = "20:00"', 'usual = "25:00"'), Code.STUDY_INVALID, "prompts.usual"),
]


async def test_what_is_no_study_file_is_refused(study: Services, client: httpx.AsyncClient, log_in: LogIn) -> None:
    desk = await desk_of(client, log_in, study)
    for raw, code, said in REFUSED:
        page = await desk.hand_over_bytes(raw)
        assert f"Code: {code.value}" in page.text
        assert said in page.text
        assert page.response.status_code == (413 if code is Code.BODY_TOO_LARGE else 422)


async def test_what_could_not_go_live_is_refused_with_place_and_remedy(
    study: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    desk = await desk_of(client, log_in, study)
    for change, code, said in FORBIDDEN:
        page = await desk.hand_over(change)
        assert page.response.status_code == 422
        assert f"Code: {code.value}" in page.text
        assert said in page.text
        assert re.search(r"next\.toml:\d+", page.text)
    live = await desk.hand_over(('version = "2"\n', 'version = "1"\n'))
    assert "Version 1 is in use already." in live.text
    assert live.response.status_code == 409


@pytest.mark.parametrize(
    ("name", "kept_as", "said_as"),
    [
        (
            "<b>x</b>.toml",
            'value="&lt;b&gt;x&lt;/b&gt;.toml"',
            "<code>b&gt;.toml:10</code>",
        ),  # what looks like a folder
        ("<b>x.toml", 'value="&lt;b&gt;x.toml"', "<code>&lt;b&gt;x.toml:10</code>"),
    ],
)
async def test_the_name_of_a_file_stands_on_the_page_escaped_only(
    study: Services, client: httpx.AsyncClient, log_in: LogIn, name: str, kept_as: str, said_as: str
) -> None:
    desk = await desk_of(client, log_in, study)
    taken = await desk.hand_over_bytes(next_text(study, EARLIER).encode(), name)
    refused = await desk.hand_over_bytes(next_text(study, ("2026-01-01", "2026-02-01")).encode(), name)
    for page, status, words in ((taken, 200, kept_as), (refused, 422, said_as)):
        assert page.response.status_code == status
        assert words in page.response.text
        assert "<b>" not in page.response.text


async def test_a_form_that_came_back_otherwise_is_refused(
    study: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    desk = await desk_of(client, log_in, study)
    await desk.hand_over(EARLIER)
    for name, value in (("kept", "%%%"), ("kept", ""), ("days", "0"), ("days", "121"), ("days", "x"), ("days", "²")):
        answer = await desk.press("page=1", **{name: value})
        assert 400 <= answer.status_code < 500, (name, value)
    assert (await desk.press("page=1", csrf="0" * 64)).status_code == 403


async def test_a_button_that_does_not_exist_shows_everybody(
    study: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    desk = await desk_of(client, log_in, study)
    await desk.hand_over(EARLIER)
    for view in ("page=0", "page=x", "page=99", "portion=-1", "csv=answers", "%%", "participant=" + "x" * 41):
        assert "2 are asked at another hour" in Page(await desk.press(view)).text, view


async def test_only_who_answers_for_the_protocol_finds_the_way(
    study: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    await log_in("carol")
    assert PATH not in (await client.get("/console/study")).text
    assert (await client.get(PATH)).status_code == 403
    await log_in("ines")
    assert PATH in (await client.get("/console/study")).text


async def test_the_page_speaks_danish(study: Services, client: httpx.AsyncClient, log_in: LogIn) -> None:
    staged.account(study, "soren", (Role.SPONSOR, "*"), language="da")
    desk = await desk_of(client, log_in, study, "soren")
    page = await desk.hand_over(EARLIER)
    assert "Af 3 deltagere mærker 1 ingen ændring, 2 spørges på et andet klokkeslæt." in page.text
    assert "17.00–03.00+1, indtil 12.00+1" in page.text
    refused = await desk.hand_over(("2026-01-01", "2026-02-01"))
    assert "Denne fil kan ikke tages i brug, som den er." in refused.text


async def test_it_says_nothing_that_unblinds(study: Services, client: httpx.AsyncClient, log_in: LogIn) -> None:
    rule = '\n[[alert_rules]]\nid = "dry"\nscore = "DMDTOT"\nat_least = 50\nevenings = 2\n'
    title = ("two intraglandular treatments", "placebo or active treatment")
    desk = await desk_of(client, log_in, study)
    page = await desk.hand_over(("[prompts]\n", f"{rule}\n[prompts]\n"), title)
    assert "alert_rules" in page.text
    assert "All 3 people in the diary see no change." in page.text
    assert FORBIDDEN_WORDS.findall(told(page.response.text)) == []
    assert REACHED.search((await desk.press(f"participant={ALICE}")).text) is None


async def test_one_rehearsal_is_worked_out_at_a_time(
    study: Services, client: httpx.AsyncClient, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal, "BUSY_SECONDS", 0.01)
    desk = await desk_of(client, log_in, study)
    with rehearsal.ONE_AT_A_TIME:
        page = await desk.hand_over(EARLIER)
    assert page.response.status_code == 503
    assert "Another rehearsal is being worked out." in page.text
    assert (await desk.hand_over(EARLIER)).response.status_code == 200
