"""A message speaks the language that the participant's diary speaks, also when that is not the one of the enrolment."""

from datetime import timedelta

from diary_app.core.wire import Former
from server.db.engine import reading
from server.reminders.people import People
from server.reminders.speaking import languages
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.reminders.evenings import DAY, live, reminded
from tests.reminders.post_office import PostOffice
from tests.server.handset import Handset, new_code

NEXT_EVENING = "2026-11-24 19:05"
DANISH, ENGLISH = "Tid til dagbogen", "Time for the diary"


def spoken(services: Services) -> str:
    with reading(services.engine) as connection:
        return languages(connection, People(connection, [ALICE]), [ALICE])[ALICE]


def filled_in(phone: Handset, **changes: object) -> None:
    phone.fill_in(DAY, **changes)
    phone.sync()


def test_until_there_is_an_entry_the_language_of_the_enrolment_counts(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 19:05")
    assert [message["subject"] for message in post_office.messages] == [DANISH]


def test_who_filled_in_the_diary_in_english_is_reminded_in_english(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    alice = reminded(services)
    clock.advance(hours=20)
    filled_in(alice, language="en")
    live(services, clock, NEXT_EVENING)
    assert [message["subject"] for message in post_office.messages] == [ENGLISH]


def test_the_last_entry_of_the_chain_counts_whatever_the_phones_clock_said(
    services: Services, clock: SimulatedEnvironment
) -> None:
    alice = reminded(services)
    clock.advance(hours=20)
    alice.clock_error = timedelta(days=200)
    alice.fill_in(DAY, language="en")
    alice.clock_error = timedelta()
    filled_in(alice)
    assert spoken(services) == "da"


def test_the_phone_in_use_counts_before_the_one_it_replaced(services: Services, clock: SimulatedEnvironment) -> None:
    alice = reminded(services)
    clock.advance(hours=20)
    filled_in(alice, language="en")
    other = Handset(services, "other")
    other.enrol(new_code(services, ALICE))
    assert spoken(services) == "en"
    filled_in(other)
    alice.sync([])
    assert spoken(services) == "da"


def test_the_phone_in_use_counts_before_what_it_held_under_an_id_that_was_forgotten(
    services: Services, clock: SimulatedEnvironment
) -> None:
    """That one is registered last, and holds what is older."""
    alice = reminded(services)
    clock.advance(hours=20)
    filled_in(alice, language="en")
    former = alice.successor("before")
    former.nonce = "of the epoch before"
    former.fill_in(DAY)
    clock.advance(seconds=1)
    alice.sync(former=Former(device=former.device, token_sha256=former.token_sha256))
    former.sync()
    assert spoken(services) == "en"


def test_what_is_no_language_says_nothing(services: Services, clock: SimulatedEnvironment) -> None:
    alice = reminded(services)
    clock.advance(hours=20)
    filled_in(alice, language=7)
    assert spoken(services) == "da"
