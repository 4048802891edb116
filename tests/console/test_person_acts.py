"""What staff record on the pages of a participant: preview first, coded reasons, refusals that keep what was typed."""

import json
import re
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from diary_app.core.facts import AlertAcknowledged, AlertAction, AnchorSet, ContactField, Status, StatusSet
from server.db import contact_details, days, staff_facts
from server.db.engine import reading
from server.intake.safety import open_safety_references
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.console import staged
from tests.console.conftest import LogIn, Page
from tests.console.file_of_alice import FIRST, PATH, keep_diary, staff
from tests.server.handset import Handset, record_fact


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    staff(services)
    return keep_diary(services, clock)


def facts(services: Services, *kinds: str) -> list[dict[str, Any]]:
    with reading(services.engine) as connection:
        return [json.loads(row.body) for row in staff_facts.of_kinds(connection, [ALICE], kinds)]


def count(services: Services) -> int:
    with reading(services.engine) as connection:
        return len(staff_facts.of(connection, ALICE))


async def send(client: httpx.AsyncClient, page: Page, path: str, **form: str) -> Page:
    return Page(await client.post(PATH + path, data={"csrf": page.csrf, **form}, follow_redirects=True))


GIVEN = {"anchor": "treatment_1", "what": "actual", "day": "2026-11-26", "time": "10:30"}


async def test_a_treatment_is_shown_before_it_is_saved(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page, before = await log_in("carol"), count(services)
    shown = await send(client, page, "/treatments/preview", **GIVEN)
    assert "Nothing is saved yet." in shown.text
    assert "Before treatment 1 no window yet" in shown.text
    assert "Today, counted from treatment 1 – day 3" in shown.text
    assert "Last day of the diary" in shown.text
    assert count(services) == before
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', shown.response.text)
    assert seen is not None
    saved = await send(client, page, "/treatments", **GIVEN, seen=seen[1])
    assert "The treatment is recorded." in saved.text
    assert "given Thu 26 Nov at 10:30 · day 3" in saved.text
    assert facts(services, "anchor") == [
        {"kind": "anchor", "anchor": "treatment_1", "actual": "2026-11-26", "actual_time": "10:30"}
    ]


MIDNIGHT = "Without a time it begins at 00:00 that day"


@pytest.mark.parametrize(
    ("time", "until", "words"),
    [
        ("10:30", "Mon 30 Nov 10:30 CET", "planned for Mon 30 Nov at 10:30"),
        ("", "Mon 30 Nov 00:00 CET", "planned for Mon 30 Nov"),
    ],
)
async def test_a_planned_treatment_begins_at_its_time_or_at_midnight_and_says_so(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient, time: str, until: str, words: str
) -> None:
    planned = {"anchor": "treatment_1", "what": "planned", "day": "2026-11-30", "time": time}
    shown = await send(client, await log_in("carol"), "/treatments/preview", **planned)
    assert (MIDNIGHT in shown.text) is (time == "")
    assert f"– {until}" in shown.text, "until when a visit before it can be filled in"
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', shown.response.text)
    assert seen is not None
    saved = await send(client, shown, "/treatments", **planned, seen=seen[1])
    assert f"Treatment 1 {words} " in saved.text
    assert [one.get("actual_time", "") for one in facts(services, "anchor")] == [time]


async def test_a_treatment_recorded_without_a_time_says_that_none_is_known(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", actual=date(2026, 11, 25)))
    await log_in("carol")
    page = Page(await client.get(f"{PATH}/treatments"))
    assert "given Wed 25 Nov, no time recorded · day 4" in page.text
    assert "not on the morning itself" in page.text, "the form"


async def test_a_list_that_was_not_seen_is_shown_again(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    shown = await send(client, await log_in("carol"), "/treatments", **GIVEN, seen="0" * 64)
    assert shown.response.status_code == 409
    assert "The list has changed since it was shown." in shown.text
    assert facts(services, "anchor") == []


async def test_a_date_that_was_given_is_replaced_with_a_reason_that_is_asked_for(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    given = {"planned": date(2026, 11, 25), "actual": date(2026, 11, 25), "actual_time": "10:30"}
    first = await send(client, await log_in("carol"), "/treatments/preview", **GIVEN)
    assert 'name="why_changed"' not in first.response.text
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", **given))
    shown = await send(client, first, "/treatments/preview", **GIVEN)
    assert "Why is the recorded date or time changed?" in shown.text
    assert "The date or time was typed wrong" in shown.text
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', shown.response.text)
    assert seen is not None
    refused = await send(client, shown, "/treatments", **GIVEN, seen=seen[1])
    assert refused.response.status_code == 422
    assert "Say why that is replaced." in refused.text
    assert 'name="why_changed"' in refused.response.text
    unknown = await send(client, shown, "/treatments", **GIVEN, seen=seen[1], why_changed="arm")
    assert unknown.response.status_code == 422
    saved = await send(client, shown, "/treatments", **GIVEN, seen=seen[1], why_changed="source_says_otherwise")
    assert "The treatment is recorded." in saved.text
    assert [one.get("reason") for one in facts(services, "anchor")] == [None, "source_says_otherwise"]


async def test_a_treatment_that_is_called_off_after_all_is_asked_for_one_reason(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", actual=date(2026, 11, 25)))
    called_off = {**GIVEN, "what": "not_given", "not_given_reason": "medical_reason"}
    shown = await send(client, await log_in("carol"), "/treatments/preview", **called_off)
    assert "Nothing is saved yet." in shown.text
    assert 'name="why_changed"' not in shown.response.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"day": "2026-12-24"}, "A treatment cannot have been given on a day to come."),
        ({"time": ""}, "Nothing says at what time the treatment began."),
        (
            {"what": "not_given", "not_given_reason": "medical_reason", "day": "2026-12-24"},
            "Nobody can have decided that on a day to come. Type the day on which it was decided",
        ),
        ({"what": "not_given"}, "Something in the form is missing or cannot be read."),
    ],
)
async def test_a_refused_form_keeps_what_was_typed(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient, changes: dict[str, str], said: str
) -> None:
    typed = {**GIVEN, **changes}
    shown = await send(client, await log_in("carol"), "/treatments/preview", **typed)
    assert shown.response.status_code == 422
    assert said in shown.text
    assert f'name="day" type="date" value="{typed["day"]}"' in shown.response.text


async def test_a_hospital_stay_asks_for_the_safety_system_until_it_is_answered(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page = await log_in("carol")
    form = {"first": "2026-11-27", "last": "2026-11-28", "excuse_reason": "hospitalised"}
    shown = await send(client, page, "/excuses", **form)
    assert "In hospital since Fri 27 Nov: nobody has answered yet." in shown.text
    with reading(services.engine) as connection:
        (waiting,) = open_safety_references(connection, ["copenhagen"])
        assert open_safety_references(connection, ["odense"]) == []
    assert (waiting.participant, waiting.kind, len(waiting.facts)) == (ALICE, "hospitalised", 2)
    answer = {"about": ",".join(waiting.facts), "handled": "reference"}
    assert "do not fit together" in (await send(client, page, "/safety", **answer)).text
    refused = await send(client, page, "/safety", **answer, reference="call 12345678")
    assert "could identify somebody" in refused.text
    done = await send(client, page, "/safety", **answer, reference="SAE-2026-14")
    assert "nobody has answered yet" not in done.text
    with reading(services.engine) as connection:
        assert open_safety_references(connection, ["copenhagen"]) == []


async def record_status(client: httpx.AsyncClient, page: Page, **form: str) -> Page:
    """As a nurse does: look at what it changes, then save."""
    shown = await send(client, page, "/status/preview", **form)
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', shown.response.text)
    return await send(client, page, "/status", **form, seen=seen[1]) if seen else shown


@pytest.mark.parametrize(
    ("status", "stops"),
    [("consent_withdrawn", True), ("died", True), ("screen_failure", True), ("diary_stopped", False)],
)
async def test_it_is_said_before_saving_that_messages_stop_at_once(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment, status: str, stops: bool
) -> None:
    page, today = await log_in("carol"), clock.now().date().isoformat()
    shown = await send(client, page, "/status/preview", status=status, effective=today, status_reason="not_stated")
    assert "Nothing is saved yet." in shown.text
    assert ("Once it is saved the server sends no more messages." in shown.text) is stops


async def test_a_status_is_shown_before_it_is_saved(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page, before = await log_in("carol"), count(services)
    form = {"status": "died", "effective": "2026-11-27", "status_reason": "medical_reason"}
    shown = await send(client, page, "/status/preview", **form)
    assert "Died from Friday 27 November. Nothing is saved yet." in shown.text
    assert re.search(r"Fri 27 Nov expected, [^ ]+ CET not expected", shown.text)
    unseen = await send(client, page, "/status", **form, seen="0" * 64)
    assert unseen.response.status_code == 409
    assert "The list has changed since it was shown." in unseen.text
    assert count(services) == before
    await record_status(client, page, **form)
    assert [one["effective"] for one in facts(services, "status")] == ["2026-11-27"]


async def test_evenings_that_were_filled_in_after_a_death_are_told_as_such(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page = await log_in("carol")
    with reading(services.engine) as connection:
        filled_in = [row.diary_day for row in days.of(connection, ALICE) if row.entry]
    shown = await send(client, page, "/status/preview", status="died", effective=min(filled_in).isoformat())
    assert shown.text.count("it was filled in, and that is kept as an extra entry") == len(filled_in)


@pytest.mark.parametrize("status", ["died", "consent_withdrawn"])
async def test_what_has_not_happened_is_not_recorded(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient, status: str
) -> None:
    form = {"status": status, "effective": "2026-12-28", "status_reason": "medical_reason"}
    for path in ("/status/preview", "/status"):
        shown = await send(client, await log_in("carol"), path, **form)
        assert shown.response.status_code == 422
        assert "28 December 2026 is still to come" in shown.text
        assert 'name="effective" type="date" value="2026-12-28"' in shown.response.text
    assert facts(services, "status") == []


async def test_nobody_is_asked_why_somebody_died(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page = await log_in("carol")
    form = {"effective": "2026-11-28", "status_reason": ""}
    asked = await send(client, page, "/status/preview", status="diary_stopped", **form)
    assert "Something in the form is missing or cannot be read." in asked.text
    await record_status(client, page, status="died", **form)
    await record_status(client, page, status="diary_stopped", **{**form, "status_reason": "not_stated"})
    assert [one["reason"] for one in facts(services, "status")] == ["not_stated", "not_stated"]
    assert "Died: not stated" in Page(await client.get(f"{PATH}/treatments")).text


async def test_no_status_holds_before_the_participant_was_here(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    form = {"status": "diary_stopped", "effective": "2016-11-28", "status_reason": "participant_wish"}
    shown = await send(client, await log_in("carol"), "/status/preview", **form)
    assert shown.response.status_code == 422
    assert "before the participant's first day in this study" in shown.text
    assert facts(services, "status") == []


async def test_a_death_can_be_answered_at_once_and_revoked(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page = await log_in("carol")
    form = {"status": "died", "effective": "2026-11-28", "status_reason": "adverse_event"}
    shown = await record_status(client, page, **form, handled="not_applicable")
    assert "nobody has answered yet" not in shown.text
    assert len(facts(services, "safety_reference")) == 1
    twice = await record_status(client, page, **form)
    assert "This status is recorded already." in twice.text
    assert len(facts(services, "status")) == 1
    revokes = re.search(r'name="revokes" value="([^"]+)"', shown.response.text)
    assert revokes is not None
    undone = await send(client, page, "/status/revoke", revokes=revokes[1], revoke_reason="recorded_in_error")
    assert "recorded in error" in undone.text


async def test_old_days_take_the_investigator_and_a_source(
    services: Services, clock: SimulatedEnvironment, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    clock.advance(days=9)
    form = {"first": "2026-11-27", "excuse_reason": "too_ill", "source": "hospital_record"}
    assert "Your role does not include this." in (await send(client, await log_in("carol"), "/excuses", **form)).text
    ines = await log_in("ines")
    assert "more than 7 days back" in (await send(client, ines, "/excuses", **{**form, "source": ""})).text
    assert "The days are excused." in (await send(client, ines, "/excuses", **form)).text
    (excused,) = facts(services, "excused")
    assert excused["source"] == "hospital_record"


async def test_a_day_that_nobody_expects_cannot_be_excused(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    form = {"first": "2026-11-01", "excuse_reason": "too_ill"}
    shown = await send(client, await log_in("carol"), "/excuses", **form)
    assert "None of these is an expected day of this diary." in shown.text


async def test_contact_details_are_kept_and_shown_nowhere(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page = await log_in("carol")
    wrong = await send(client, page, "/contact", field="phone", value="12 34 56 78")
    assert wrong.response.status_code == 422
    saved = await send(client, page, "/contact", field="phone", value="+45 12 34 56 78")
    assert "12345678" not in saved.response.text.replace(" ", "")
    assert "there is one, since" in saved.text
    with reading(services.engine) as connection:
        assert "+4512345678" in contact_details.of(connection, ALICE).values()
    await send(client, page, "/contact", field="phone", erase="1")
    with reading(services.engine) as connection:
        assert not any(contact_details.of(connection, ALICE).values())
    assert [one["change"] for one in facts(services, "contact_detail")] == ["set", "erased"]


async def test_a_shared_number_is_asked_about_and_can_be_confirmed(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    staged.participant(services, "01-002")
    with services.engine.begin() as connection:
        contact_details.save(connection, "01-002", {ContactField.PHONE: "+4512345678", ContactField.EMAIL: ""})
    page = await log_in("carol")
    asked = await send(client, page, "/contact", field="phone", value="+45 12 34 56 78")
    assert "The same telephone number is kept for 01-002 too." in asked.text
    assert facts(services, "contact_detail") == []
    form = {"field": "phone", "value": "+45 12 34 56 78", "shared": "email:01-002"}
    assert "They share it" in (await send(client, page, "/contact", **form)).text  # confirmed was something else
    form["shared"] = "phone:01-002"
    assert "there is one, since" in (await send(client, page, "/contact", **form)).text
    again = await send(client, page, "/contact", field="phone", erase="1")
    assert "They share it" not in again.text


async def test_reminders_are_set(services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient) -> None:
    page = await log_in("carol")
    shown = await send(client, page, "/reminders", usual="19:30", channel_first="sms", channel_second="email")
    assert "First reminder 19:30 Channels text message, e-mail" in shown.text
    none = await send(client, page, "/reminders", messages="none")
    assert "Messages stopped by Carol Holm, " in none.text
    assert "Messages stopped" not in (await send(client, page, "/reminders", messages="wanted")).text
    assert (await send(client, page, "/reminders", messages="some")).response.status_code == 422
    late = await send(client, page, "/reminders", usual="23:30")
    assert late.response.status_code == 422
    assert 'value="23:30"' in late.response.text


async def test_signing_takes_the_password_and_a_change_supersedes(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page = await log_in("ines")
    form = {"first": str(FIRST), "last": str(FIRST), "meaning": "reviewed"}
    wrong = await send(client, page, "/sign", **form, password="wrong wrong wrong")
    assert wrong.response.status_code == 403
    assert "wrong wrong wrong" not in wrong.response.text
    signed = await send(client, page, "/sign", **form, password=staged.PASSWORD)
    assert "valid “I have reviewed these days” Ines Krogh (investigator)" in signed.text
    alice.fill_in(FIRST + timedelta(days=4))  # of another day: nothing signed has changed
    entry = next(one for one in alice.records if one.kind == "entry")
    await send(
        client, page, "/corrections", entry=entry.id, what="void", source="participant_call",
        stated_on="2026-11-28", reason="entered_in_error",
    )  # fmt: skip
    assert "superseded" in Page(await client.get(f"{PATH}/signatures")).text


async def test_days_are_locked_and_unlocked_with_the_password(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page = await log_in("ines")
    form = {"reason": "data_reviewed", "password": staged.PASSWORD}
    assert "Locked: all days" in (await send(client, page, "/lock", **form)).text
    refused = await send(client, page, "/excuses", first="2026-11-27", excuse_reason="too_ill")
    assert refused.response.status_code == 409
    assert "Unlocked: all days" in (await send(client, page, "/unlock", **form)).text


async def test_sam_and_mona_have_no_button(alice: Handset, log_in: LogIn, client: httpx.AsyncClient) -> None:
    for name in ("sam", "mona"):
        await log_in(name)
        for tab in ("", "/entries", "/contact", "/treatments", "/corrections", "/signatures"):
            page = Page(await client.get(PATH + tab))
            assert page.response.status_code == 200
            forms = re.findall(r'method="post" action="([^"]+)"', page.response.text)
            assert set(forms) == {"/console/language", "/console/logout"}, tab


async def test_mallory_records_nothing_about_alice(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page, before = await log_in("mallory"), count(services)
    for path, form in (("/treatments/preview", GIVEN), ("/treatments", GIVEN), ("/sign", {}), ("/contact", {})):
        assert (await send(client, page, path, **form)).response.status_code == 404
    assert count(services) == before


async def test_what_a_revoked_death_asked_is_not_asked_any_more(services: Services, alice: Handset) -> None:
    died = StatusSet(status=Status.DIED, effective=FIRST, reason="adverse_event")
    fact = record_fact(services, ALICE, died)
    with reading(services.engine) as connection:
        assert [one.facts for one in open_safety_references(connection, ["copenhagen"])] == [(fact.id,)]


async def test_a_treatment_opens_its_own_trail_for_whoever_may_see_it(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", planned=FIRST))
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", planned=FIRST + timedelta(days=30)))
    await log_in("mona")
    assert "planned for: 2026-11-24 → 2026-12-24" in Page(await client.get(f"{PATH}/treatments")).text
    await log_in("carol")
    assert "2026-11-24 →" not in Page(await client.get(f"{PATH}/treatments")).text


async def test_what_was_shown_is_what_happens_to_the_days(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", planned=FIRST))
    form = {"anchor": "treatment_2", "what": "planned", "day": "2026-07-25"}
    page = await log_in("carol")
    shown = await send(client, page, "/treatments/preview", **form)
    listed = re.findall(r"(\w{3} \d+ Dec) expected, 18:00–12:00 CET not expected", shown.text)
    assert (listed[0], listed[-1]) == ("Thu 3 Dec", "Sun 13 Dec")
    assert "Last day of the diary" in shown.text
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', shown.response.text)
    assert seen is not None
    with reading(services.engine) as connection:
        before = {row.diary_day: row for row in days.of(connection, ALICE)}
    await send(client, page, "/treatments", **form, seen=seen[1])
    with reading(services.engine) as connection:
        after = {row.diary_day: row for row in days.of(connection, ALICE)}
    gone = [day for day, row in after.items() if row.not_expected != before[day].not_expected]
    assert len(gone) == len(listed)
    assert min(gone) == date(2026, 12, 3)


async def test_contacts_made_are_listed(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    called = AlertAcknowledged(alert="silent", since=services.environment.now(), action=AlertAction.CALLED)
    record_fact(services, ALICE, called)
    await log_in("mona")
    assert re.search(
        r"Contacts made Sat 28 Nov 13:02 CET Called · carol", Page(await client.get(f"{PATH}/contact")).text
    )
