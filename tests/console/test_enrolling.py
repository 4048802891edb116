"""Carol takes a participant in, gives the phone its letter, and reports one lost; what is refused loses nothing."""

import json
import re
from collections.abc import Mapping

import httpx
import pytest

from diary_app.core.enrolment_code import normalise
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.status import display_status
from server.access.roles import Role
from server.db import accounts, contact_details, devices, staff_facts
from server.db.engine import reading
from server.intake.known import facts_of
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.console.conftest import LogIn, Page
from tests.server.handset import Handset

PATH = "/console/enrol"
USUAL = {
    "eligible": "confirmed", "site": "copenhagen", "subject": "043", "language": "da", "window": "late_evening",
    "usual": "20.30", "zone": "Europe/Copenhagen", "channel": "sms", "email": "", "phone": "+45 12 34 56 70",
    "randomised": "2026-11-20",
}  # fmt: skip
NUMBER = "01-043"
CODE = r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b"


async def sent(client: httpx.AsyncClient, page: Page, path: str, form: Mapping[str, str]) -> Page:
    return Page(await client.post(path, data={"csrf": page.csrf, **form}, follow_redirects=True))


def bodies(services: Services, participant: str) -> dict[str, dict[str, object]]:
    with reading(services.engine) as connection:
        return {row.kind: json.loads(row.body) for row in staff_facts.of(connection, participant)}


@pytest.fixture
async def desk(log_in: LogIn) -> Page:
    return await log_in("carol")


async def test_carol_takes_somebody_in(services: Services, client: httpx.AsyncClient, desk: Page) -> None:
    page = await sent(client, desk, PATH, USUAL)
    assert page.response.url.path == f"/console/participants/{NUMBER}/start"
    assert "Taken in." in page.text
    assert f"{NUMBER} The diary on a phone" in page.text
    known = bodies(services, NUMBER)
    assert known["participant_added"]["choices"] == {"DMD": "late_evening"}
    assert known["participant_added"]["channels"] == ["sms", "push", "email"]
    assert known["participant_added"]["usual"] == "20:30"
    assert known["eligibility"] == {"kind": "eligibility", "confirmed": 1}
    assert known["randomised"]["day"] == "2026-11-20"


async def test_contact_data_is_kept_apart_and_out_of_every_fact(
    services: Services, client: httpx.AsyncClient, desk: Page
) -> None:
    await sent(client, desk, PATH, USUAL)
    with reading(services.engine) as connection:
        assert contact_details.of(connection, NUMBER)["phone"] == "+4512345670"
        assert not any("4512345670" in row.body for row in staff_facts.of(connection, NUMBER))


async def test_who_is_not_eligible_leaves_a_number_and_no_criterion(
    services: Services, client: httpx.AsyncClient, desk: Page, clock: SimulatedEnvironment
) -> None:
    page = await sent(client, desk, PATH, {**USUAL, "eligible": "not_eligible"})
    assert "not taken in" in page.text
    assert set(bodies(services, NUMBER)) == {"participant_added", "eligibility", "status"}
    with reading(services.engine) as connection:
        assert display_status(facts_of(connection, NUMBER), clock.now()).value == "screen_failure"
        assert contact_details.of(connection, NUMBER)["phone"] == ""


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"eligible": ""}, 422, "Nothing was said about the criteria."),
        ({"subject": "43"}, 422, "is not a participant number of this study"),
        ({"subject": "001"}, 409, "is there already"),
        ({"subject": "<b>"}, 422, "is not a participant number of this study"),
        ({"site": "odense"}, 403, "Your role does not include this."),
        ({"window": "midnight"}, 422, "has no window choice"),
        ({"usual": "23:30"}, 422, "No first reminder comes at"),
        ({"usual": "half past"}, 422, "The time of the first reminder cannot be read."),
        ({"zone": "Mars/Olympus"}, 404, "There is no such time zone."),
        ({"channel": "pigeon"}, 422, "There is no such kind of reminder."),
        ({"channel": "email"}, 422, "Reminders have nowhere to go."),
        ({"phone": "12"}, 422, "This is no telephone number"),
        ({"randomised": "2026-11-24"}, 422, "still to come"),
        ({"randomised": "20/11"}, 422, "The date cannot be read."),
        ({"language": "sv"}, 422, "The diary does not have that language."),
    ],
)
async def test_what_is_refused_is_said_and_what_was_typed_stays(
    services: Services, client: httpx.AsyncClient, desk: Page, wrong: dict[str, str], status: int, said: str
) -> None:
    staged.participant(services, ALICE)
    page = await sent(client, desk, PATH, {**USUAL, **wrong})
    assert page.response.status_code == status
    assert said in page.text
    assert 'value="20.30"' in page.response.text or "usual" in wrong
    assert "<b>" not in page.response.text
    assert bodies(services, NUMBER) == {}


async def test_whoever_has_the_same_number_or_address_is_named_before_it_is_kept(
    services: Services, client: httpx.AsyncClient, desk: Page
) -> None:
    reach = {"email": "alice@example.org", "phone": "+45 12 34 56 70"}
    await sent(client, desk, PATH, {**USUAL, "subject": "044", **reach})
    page = await sent(client, desk, PATH, {**USUAL, "email": "ALICE@example.org"})
    assert page.response.status_code == 409
    assert "The same e-mail address or telephone number is kept for 01-044 too." in page.text
    assert bodies(services, NUMBER) == {}
    tick = re.search(r'name="shared" value="([^"]+)"', page.response.text)
    assert tick is not None
    page = await sent(client, desk, PATH, {**USUAL, "email": "ALICE@example.org", "shared": tick[1]})
    assert page.response.url.path == f"/console/participants/{NUMBER}/start"


async def test_nobody_learns_of_the_same_number_at_another_site(
    services: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    staged.account(services, "olga", (Role.COORDINATOR, "odense"))
    await sent(client, await log_in("olga"), PATH, {**USUAL, "site": "odense"})
    client.cookies.clear()
    page = await sent(client, await log_in("carol"), PATH, USUAL)
    assert page.response.url.path == f"/console/participants/{NUMBER}/start"


async def test_sent_twice_is_taken_in_once(services: Services, client: httpx.AsyncClient, desk: Page) -> None:
    await sent(client, desk, PATH, USUAL)
    again = await sent(client, desk, PATH, USUAL)
    assert again.response.status_code == 409
    with reading(services.engine) as connection:
        kinds = [row.kind for row in staff_facts.of(connection, NUMBER)]
    assert kinds.count("eligibility") == 1


async def test_the_letter_has_a_code_that_works_and_says_nothing_of_health(
    services: Services, client: httpx.AsyncClient, desk: Page
) -> None:
    await sent(client, desk, PATH, USUAL)
    page = await sent(client, desk, f"/console/participants/{NUMBER}/letter", {})
    (code,) = re.findall(CODE, page.text)
    assert Handset(services).enrol(normalise(code)).participant == NUMBER
    letter = page.response.text[page.response.text.index("<article") : page.response.text.index("</article>")]
    assert "Dagbog" in letter
    assert "<svg" in letter
    for told in ("mund", "mouth", "MESRIX", "stråle", "celle", "behandling"):
        assert told not in letter
    assert page.inline == []


async def test_the_letter_for_a_next_phone_has_no_practice_and_thinks_of_the_old_one(
    services: Services, client: httpx.AsyncClient, desk: Page
) -> None:
    await sent(client, desk, PATH, USUAL)
    first = await sent(client, desk, f"/console/participants/{NUMBER}/letter", {})
    phone = Handset(services)
    phone.enrol(normalise(re.findall(CODE, first.text)[0]))
    phone.record("training")
    phone.sync()
    second = await sent(client, desk, f"/console/participants/{NUMBER}/letter", {})
    for letter, is_first in ((first.text, True), (second.text, False)):
        assert ("Prøv spørgsmålene" in letter) is is_first
        assert ("virker den gamle stadig?" in letter) is not is_first


ENDS = re.compile(r'name="ends" value="([^"]*)"')


async def test_a_second_letter_says_before_and_after_which_one_stops_working(
    services: Services, client: httpx.AsyncClient, desk: Page, clock: SimulatedEnvironment
) -> None:
    await sent(client, desk, PATH, USUAL)
    start, letter = f"/console/participants/{NUMBER}/start", f"/console/participants/{NUMBER}/letter"
    first = await sent(client, desk, letter, {"ends": ""})
    assert "stopped working" not in first.text
    assert "01-043 · mandag 23. november 2026" in first.text
    (old,) = re.findall(CODE, first.text)
    clock.advance(minutes=25)
    page = Page(await client.get(start))
    assert "The letter of Mon 23 Nov 08:02 CET has a code that nobody has used" in page.text
    assert "Make a new letter: the one of Mon 23 Nov stops working" in page.text
    (ends,) = ENDS.findall(page.response.text)
    second = await sent(client, desk, letter, {"ends": ends})
    assert "The letter of Mon 23 Nov 08:02 CET has stopped working." in second.text
    (new,) = re.findall(CODE, second.text)
    with pytest.raises(RequestRefused) as refused:
        Handset(services).enrol(normalise(old))
    assert refused.value.code is Code.CODE_EXPIRED
    assert Handset(services, "new").enrol(normalise(new)).participant == NUMBER
    assert "Make a code and a letter" in Page(await client.get(start)).text


async def test_a_letter_that_somebody_else_made_meanwhile_goes_on_working(
    services: Services, client: httpx.AsyncClient, desk: Page
) -> None:
    await sent(client, desk, PATH, USUAL)
    path = f"/console/participants/{NUMBER}/letter"
    first = await sent(client, desk, path, {"ends": ""})
    asked = await sent(client, desk, path, {"ends": ""})  # of a page that was opened before
    assert "Meanwhile somebody else has made a letter" in asked.text
    assert "stops working" in asked.text
    (code,) = re.findall(CODE, first.text)
    assert Handset(services).enrol(normalise(code)).participant == NUMBER


async def test_the_trail_says_who_made_a_code(services: Services, client: httpx.AsyncClient, desk: Page) -> None:
    await sent(client, desk, PATH, USUAL)
    await sent(client, desk, f"/console/participants/{NUMBER}/letter", {})
    with reading(services.engine) as connection:
        (made,) = [row for row in staff_facts.of(connection, NUMBER) if row.kind == "code_issued"]
        carol = accounts.of_username(connection, "carol")
    assert carol is not None
    assert made.author == carol.id


async def test_a_letter_for_somebody_elsewhere_is_not_made(
    services: Services, client: httpx.AsyncClient, desk: Page
) -> None:
    staged.participant(services, BOB)
    page = await sent(client, desk, f"/console/participants/{BOB}/letter", {})
    assert page.response.status_code == 404


async def test_a_lost_phone_locks(services: Services, client: httpx.AsyncClient, desk: Page) -> None:
    staged.participant(services, ALICE, {})
    refused = await sent(client, desk, f"/console/participants/{ALICE}/lost", {"reason": "whatever"})
    assert refused.response.status_code == 422
    page = await sent(client, desk, f"/console/participants/{ALICE}/lost", {"reason": "stolen"})
    assert "locks at its next contact" in page.text
    with reading(services.engine) as connection:
        (device,) = devices.of(connection, [ALICE])
    assert device.state == "lost"


async def test_the_sponsor_takes_nobody_in(services: Services, client: httpx.AsyncClient, log_in: LogIn) -> None:
    staged.account(services, "sam", (Role.SPONSOR, "*"))
    page = await log_in("sam")
    assert PATH not in page.response.text
    assert (await sent(client, page, PATH, USUAL)).response.status_code == 403


async def test_a_code_is_for_a_phone_that_the_site_lends_out(
    services: Services, client: httpx.AsyncClient, desk: Page
) -> None:
    await sent(client, desk, PATH, USUAL)
    page = await sent(client, desk, f"/console/participants/{NUMBER}/letter", {"lent": "1"})
    start = Page(await client.get(f"/console/participants/{NUMBER}/start"))
    assert "It is for a phone that the site lends out." in start.text
    (code,) = re.findall(CODE, page.text)
    Handset(services).enrol(normalise(code))
    shown = Page(await client.get(f"/console/participants/{NUMBER}/phone"))
    assert "Whose it is the site's own, lent out" in shown.text
    assert "It is the site's own, lent out." in Page(await client.get(f"/console/participants/{NUMBER}/start")).text


async def test_the_next_code_is_taken_to_be_for_a_lent_phone_while_the_phone_in_use_is_lent(
    services: Services, client: httpx.AsyncClient, desk: Page
) -> None:
    staged.participant(services, ALICE, {})
    start, ticked = f"/console/participants/{ALICE}/start", 'name="lent" value="1" checked'
    said = "The phone in use is the site's own, lent out."
    own = Page(await client.get(start))
    assert ticked not in own.response.text
    assert said not in own.text
    await sent(client, desk, f"/console/participants/{ALICE}/lent", {"lent": "1"})
    lent = Page(await client.get(start))
    assert ticked in lent.response.text
    assert said in lent.text
    await sent(client, desk, f"/console/participants/{ALICE}/letter", {"ends": ""})  # the tick was taken out
    assert ticked not in (await client.get(start)).text


async def test_a_phone_in_use_is_said_to_be_lent_or_ones_own(
    services: Services, client: httpx.AsyncClient, desk: Page
) -> None:
    staged.participant(services, ALICE)
    path = f"/console/participants/{ALICE}/lent"
    refused = await sent(client, desk, path, {"lent": "1"})
    assert "No phone of this participant is active." in refused.text
    staged.participant(services, "01-002", {})
    for lent, said in (("1", "the site's own, lent out"), ("0", "the participant's own")):
        page = await sent(client, desk, "/console/participants/01-002/lent", {"lent": lent})
        assert "Saved." in page.text
        shown = Page(await client.get("/console/participants/01-002/phone"))
        assert f"Whose it is {said}" in shown.text
    staged.participant(services, BOB, {})
    assert (await sent(client, desk, f"/console/participants/{BOB}/lent", {"lent": "1"})).response.status_code == 404
