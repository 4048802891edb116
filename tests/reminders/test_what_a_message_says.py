"""A message says that the diary is waiting and where it is: nothing of health, the study or the person (R42)."""

import re
from itertools import product

import pytest

from diary_app.core.study import Study, parse_study
from diary_app.resources import LANGUAGES, catalogue, instruments, study_text
from server.reminders.stopping import link
from server.reminders.texts import MessageTelling, Words, refuse_telling, telling_words, words
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.reminders.evenings import ALICES, NUMBER, choose, live, reach, reminded, states, steps
from tests.reminders.gateway import SmsGateway
from tests.reminders.post_office import PostOffice

STUDY = parse_study(study_text("mesrix-more"), file="study")
HERE = Settings(public_url="https://dagbog.example", smtp_sender="dagbog@post.example")


def named(**names: str) -> Study:
    return STUDY.model_copy(update={"display_name": {"da": "Dagbog", "en": "Diary", **names}})


def test_the_words_in_both_languages() -> None:
    assert words(STUDY, "da", HERE) == Words(
        "Dagbog", "Tid til dagbogen", "Dagbog: Din dagbog venter.\nhttps://dagbog.example/app/\n",
        "Du kan stoppe beskederne her:", "Beskeden er sendt automatisk og kan ikke besvares.",
    )  # fmt: skip
    assert words(STUDY, "en", HERE) == Words(
        "Diary", "Time for the diary", "Diary: your diary is waiting.\nhttps://dagbog.example/app/\n",
        "You can stop these messages here:", "This message was sent automatically and cannot be answered.",
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lock_screen_shows_the_words_that_the_app_has_promised(language: str) -> None:
    promised = catalogue(language, "diary").text("Time for the diary")
    assert words(STUDY, language, HERE).subject == promised


def test_a_language_without_words_is_the_studys_first() -> None:
    assert words(STUDY, "fo", HERE) == words(STUDY, "da", HERE)


@pytest.mark.parametrize(
    "name", ["Mundtørhed", "Dry mouth diary", "MESRIX-more", "Studie 12", "Rigshospitalets dagbog"]
)
def test_a_display_name_that_tells_is_refused(name: str) -> None:
    with pytest.raises(MessageTelling) as refused:
        words(named(da=name), "da", HERE)
    assert refused.value.remedy


@pytest.mark.parametrize(
    "address", ["https://xerodiary.example", "https://mesrix.example", "https://spyt.example", "https://odense.example"]
)
def test_an_address_that_tells_is_refused(address: str) -> None:
    with pytest.raises(MessageTelling):
        words(STUDY, "da", Settings(public_url=address))


@pytest.mark.parametrize("more", ["01-001", "noreply@xerostomi.example", "stamceller"])
def test_a_sender_or_a_pseudonym_is_found(more: str) -> None:
    with pytest.raises(MessageTelling):
        refuse_telling(STUDY, words(STUDY, "da", HERE), more)


@pytest.mark.parametrize("id_", ["TEAR-2", "nct01234567"])
def test_an_id_of_the_study_is_found_though_its_words_are_short(id_: str) -> None:
    other = STUDY.model_copy(update={"studyid": "TEAR-2", "id": "t2", "registry": "NCT01234567", "title": "Tears"})
    assert telling_words(other, f"{id_}: your diary is waiting.") == (id_.lower(),)
    assert telling_words(other, "Diary: your diary is waiting.") == ()


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_short_id_within_other_words_keeps_nothing_back(language: str) -> None:
    other = STUDY.model_copy(update={"studyid": "DAG", "id": "dia", "registry": "diary"})
    assert words(other, language, HERE).text
    assert telling_words(other, "DAG: your diary is waiting.") == ("dag",)


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("id_", ["THE", "CAN", "ER", "DIN", "HER", "TID", "APP", "HTTPS", "STOP", "DK", "SENT"])
def test_a_study_called_as_a_word_of_every_message_is_reminded(language: str, id_: str) -> None:
    other = STUDY.model_copy(update={"studyid": id_, "id": "messages", "title": "Automatically answered messages"})
    here = Settings(public_url="https://dagbog.example.dk", smtp_sender="dagbog@post.example.dk")
    assert words(other, language, here).text


def test_a_short_id_is_still_found_where_somebody_chose_it() -> None:
    other = STUDY.model_copy(update={"studyid": "SUM", "id": "en"})
    assert telling_words(other, "Sum: your diary is waiting.") == ("sum",)
    assert telling_words(other, "https://en.example.dk/app/") == ("en",)
    assert telling_words(other, "dagbog@sum.example.dk") == ("sum",)


@pytest.mark.parametrize(
    ("id_", "text"),
    [
        ("STOP", "STOP-dagbogen"), ("SENT", "Sent: your diary is waiting."), ("APP", "https://app.example.dk/app/"),
        ("HNC", "Diary.HNC"), ("HNC", "Diary.HNC: your diary is waiting."),
        ("WAITING", "Waiting: your diary is waiting."),
    ],
)  # fmt: skip
def test_a_word_of_every_message_tells_where_somebody_chose_it_too(id_: str, text: str) -> None:
    other = STUDY.model_copy(update={"studyid": id_, "id": "s1", "title": "Title"})
    assert telling_words(other, text) == (id_.lower(),)


def test_what_really_leaves_is_scanned(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, gateway: SmsGateway
) -> None:
    reminded(services)
    reminded(services, BOB, "bob", phone=NUMBER)
    choose(services, BOB, channels=("sms",))
    live(services, clock, "2026-11-23 21:30")
    mails = [raw.decode() for _, raw in post_office.raw]
    texts = [str(one) for one in gateway.taken]
    assert (len(mails), len(texts)) == (3, 3)
    telling = [ALICE, BOB, "MESRIX", STUDY.registry, "xero", "Apprise", "apprise", *(one.code for one in instruments())]
    telling += ["Rigshospitalet", "12 34 56 78", "mund", "spyt", "dry", "saliva", "behandl", "treatment"]
    assert [(word, text) for word, text in product(telling, mails + texts) if word.lower() in text.lower()] == []


def test_headers_name_only_the_display_name(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 19:05")
    (message,) = post_office.messages
    assert (message["from"], message["to"]) == ("Dagbog <dagbog@post.example>", ALICES)
    assert message["subject"] == "Tid til dagbogen"
    assert message["auto-submitted"] == "auto-generated"
    assert re.fullmatch(r"<[0-9a-f]{32}@post\.example>", str(message["message-id"]))
    assert message.get_content().splitlines() == [
        "Dagbog: Din dagbog venter.", "https://dagbog.example/app/", "", "Du kan stoppe beskederne her:",
        link(services, ALICE), "", "Beskeden er sendt automatisk og kan ikke besvares.",
    ]  # fmt: skip
    assert set(message.keys()) == {
        "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding",
        "MIME-Version", "List-Unsubscribe", "List-Unsubscribe-Post", "X-Auto-Response-Suppress",
    }  # fmt: skip


def test_danish_letters_arrive_whole(services: Services, clock: SimulatedEnvironment, post_office: PostOffice) -> None:
    services.study = named(da="Æblebogen på ø")
    reminded(services)
    reach(services, ALICE, email="a+b@example.org")
    live(services, clock, "2026-11-23 19:05")
    (message,) = post_office.messages
    assert message["from"].addresses[0].display_name == "Æblebogen på ø"
    assert message["to"] == "a+b@example.org"
    assert message.get_content().startswith("Æblebogen på ø: Din dagbog venter.")


def test_a_message_is_ascii_in_short_lines_whatever_is_in_it(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    """Who sends more than that has to ask each server first, and some tear lines apart."""
    services.study = named(da="Æblebogen på ø, " + "å" * 40)
    services.settings = services.settings.model_copy(update={"public_url": f"https://{'dagbog.' * 12}example"})
    reminded(services)
    live(services, clock, "2026-11-23 19:05")
    ((_, raw),) = post_office.raw
    assert raw.isascii()
    head, _, body = raw.partition(b"\r\n\r\n")
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert link(services, ALICE) in post_office.messages[0].get_content().splitlines()


def test_every_language_has_its_words() -> None:
    assert len({words(STUDY, language, HERE).subject for language in LANGUAGES}) == len(LANGUAGES)


def test_what_would_tell_is_never_sent_and_the_ledger_says_so(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    services.settings = services.settings.model_copy(update={"public_url": "https://mesrix.example"})
    reminded(services)
    live(services, clock, "2026-11-23 20:10")
    assert post_office.raw == []
    assert ("failed", "too_telling") in steps(services)
    assert states(services) == ["failed"]
