"""What the account once let pass: each fault is planted where an excuse was too wide, and is found."""

from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import text

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import FactInvalid
from diary_app.core.records import Record, RecordKind
from server.intake import enrol, judging
from server.reminders import delivery
from server.simulate.phone import SimulatedPhone
from server.simulate.storm.counts import Kind as Counted
from server.simulate.storm.steps import Do
from tests.simulate.planted import Planted, replaced_phones_are_unknown
from tests.simulate.stories import Story, lived_through
from tests.simulate.test_expected_evenings import closing_an_hour_early, wednesdays_not_expected

pytestmark = pytest.mark.usefixtures("quiet")


def practice_is_refused() -> AbstractContextManager[Any]:
    """No practice counts, so that nobody is asked anything."""
    read = judging.fact_from_record

    def but_no_training(record: Record, revision: int) -> Any:
        if record.kind == RecordKind.TRAINING:
            raise FactInvalid(Code.FACT_INVALID, "It is not possible.", "Practise again.")
        return read(record, revision)

    return patch.object(judging, "fact_from_record", but_no_training)


def second_phones_are_refused() -> AbstractContextManager[Any]:
    """Whoever has a phone gets no other, however long ago."""
    begin = enrol.installations.begin

    def only_once(held: Any, services: Any, made: Any) -> Any:
        known = text("SELECT count(*) FROM device WHERE participant = :participant")
        if held.connection.execute(known, {"participant": held.id}).scalar_one():
            raise RequestRefused(Code.NOT_ALLOWED, "There is a phone.", "Use that one.")
        return begin(held, services, made)

    return patch.object(enrol.installations, "begin", only_once)


def reminders_of_another_evening() -> AbstractContextManager[Any]:
    """What leaves is about an evening days before, when nobody had a diary."""
    mark = delivery.mark_of

    def of_days_ago(services: Any, about: tuple[str, str, date, int]) -> str:
        participant, instrument, day, number = about
        return mark(services, (participant, instrument, day - timedelta(days=5), number))

    return patch.object(delivery, "mark_of", of_days_ago)


def nothing_is_saved() -> AbstractContextManager[Any]:
    """The app says nothing, and saves nothing."""
    return patch.object(SimulatedPhone, "fill_in", lambda *_: False)


def plain() -> Story:
    """One evening is filled in, another is not."""
    story = Story()
    story.fills_in(1)
    return story


def handed_out_twice() -> Story:
    """The first time too soon after the phone before; the second time no phone is waited for any more."""
    story = plain()
    story.happens(1, 12, Do.NEW_PHONE)
    story.happens(3, 10, Do.NEW_PHONE)
    return story


def journey_on_sunday() -> Story:
    """On the last day but one, far from the Wednesday in the middle."""
    story = plain()
    story.happens(6, 12, Do.ZONE, zone="Atlantic/Reykjavik")
    story.happens(6, 12.1, Do.SYNC, fates=[])
    return story


def amended_late() -> Story:
    """The evening was filled in days before the study was amended."""
    story = plain()
    story.befalls_server(5, 12, Do.AMEND)
    return story


def replaced_after_a_restore() -> Story:
    """A database went back, but not to before any phone was handed out; one that was replaced holds an evening."""
    story = Story()
    story.fills_in(1, sends=False)
    story.happens(2, 12, Do.NEW_PHONE)
    story.befalls_server(7, 11, Do.BACK_UP)
    story.befalls_server(8, 12, Do.RESTORE)
    return story


def abroad() -> Story:
    """The evening is open at home and there, days after the journey."""
    story = Story()
    story.happens(1, 12, Do.ZONE, zone="Atlantic/Reykjavik")
    story.happens(1, 12.1, Do.SYNC, fates=[])
    story.fills_in(5, hour=20)
    return story


def beside() -> Story:
    """The app is open twice, and the second tab is used."""
    story = Story()
    story.happens(1, 18, Do.FILL_BESIDE, day=story.date(1), value=3)
    return story


@pytest.mark.parametrize(
    ("plant", "story", "words"),
    [
        (practice_is_refused, plain, "practice was refused as fact_invalid"),
        (second_phones_are_refused, handed_out_twice, "was refused its enrolment by a new code: not_allowed"),
        (reminders_of_another_evening, plain, "was reminded of 2026-11-20, which is on no list of the server"),
        (wednesdays_not_expected, journey_on_sunday, "2026-11-25 is not expected, for travel"),
        (closing_an_hour_early, amended_late, "2026-11-24 was shown to close"),
        (replaced_phones_are_unknown, replaced_after_a_restore, "could not send what it holds: device_unknown"),
        (nothing_is_saved, abroad, "saved nothing, though 2026-11-28 was open"),
        (nothing_is_saved, beside, "saved nothing, though 2026-11-24 was open"),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
async def test_a_planted_fault_is_caught(tmp_path: Path, plant: Planted, story: Any, words: str) -> None:
    plan = story().plan(days=10)
    with plant():
        ended = await lived_through(plan, tmp_path)
    ended.storm.close()
    assert any(words in one for one in ended.found), ended.found


@pytest.mark.parametrize(
    "story", [plain, handed_out_twice, journey_on_sunday, amended_late, replaced_after_a_restore, abroad, beside]
)
async def test_the_same_story_without_the_fault_raises_no_alarm(tmp_path: Path, story: Any) -> None:
    ended = await lived_through(story().plan(days=10), tmp_path)
    ended.storm.close()
    assert ended.found == []


async def test_an_evening_that_an_amendment_shortened_on_the_phone_raises_no_alarm(tmp_path: Path) -> None:
    """Once it has heard of the amendment, the phone shows the evening that is open by it, too."""
    story = Story()
    story.befalls_server(1, 18, Do.AMEND)
    story.happens(1, 18.3, Do.SYNC, fates=[])
    story.fills_in(1, hour=18.6)
    ended = await lived_through(story.plan(days=4), tmp_path)
    ended.storm.close()
    assert ended.found == []


async def test_what_a_restore_makes_the_server_forget_later_raises_no_alarm(tmp_path: Path) -> None:
    """A phone loses an entry, and the database goes back to before every contact that could tell of it."""
    story = Story()
    story.befalls_server(2, 2, Do.BACK_UP)
    story.happens(2, 10, Do.IMAGE)
    story.fills_in(2, hour=18)
    for hour in (18.2, 18.4, 18.6):
        story.happens(2, hour, Do.SYNC, fates=[])
    story.happens(2, 19, Do.SET_BACK)
    story.befalls_server(2, 20, Do.RESTORE)
    ended = await lived_through(story.plan(days=5), tmp_path)
    ended.storm.close()
    assert ended.found == []


async def test_an_answer_that_a_killed_phone_never_took_in_is_no_contact(tmp_path: Path) -> None:
    """Set back, the phone looks like one whose answer was lost: nobody can know of the evening that it lost."""
    story = Story()
    story.happens(1, 9, Do.IMAGE)
    story.happens(1, 10, Do.KILL_PHONE, steps=11)
    story.happens(1, 11, Do.SYNC, fates=[])
    story.happens(1, 12, Do.SYNC, fates=[])
    story.fills_in(2, sends=False)
    story.happens(3, 9, Do.SET_BACK)
    story.happens(4, 13, Do.SYNC, fates=[])
    ended = await lived_through(story.plan(days=6), tmp_path)
    kills = ended.storm.ledger.befell[Counted.PHONE_KILLED_SENDING]
    ended.storm.close()
    assert (kills, ended.found) == (1, [])


async def test_what_a_newer_app_sent_is_no_contact_by_which_a_phone_set_back_could_be_noticed(tmp_path: Path) -> None:
    story = Story()
    story.happens(1, 9, Do.SPEAK, protocol=2)
    story.happens(1, 10, Do.IMAGE)
    for hour in (12, 30):
        story.happens(1, hour, Do.SYNC, fates=[])
    story.happens(3, 9, Do.SPEAK, protocol=1)
    story.fills_in(3, sends=False)
    story.happens(3, 19, Do.SET_BACK)
    ended = await lived_through(story.plan(days=7), tmp_path)
    ended.storm.close()
    assert ended.states()[story.date(3)] == "missed"
    assert ended.found == []
