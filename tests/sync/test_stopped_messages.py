"""Who stopped all messages by the link in one hears of it on the phone, also offline, until they are sent again."""

import json
from collections.abc import Callable
from urllib.parse import unquote

from server.reminders.stopping import link, set_stopped
from tests.sync.world import Fate, Phone, Server

ALICE = "01-001"


def choose(server: Server, *, stopped: bool) -> None:
    now, services = server.environment.now(), server.services
    services.writer.run(ALICE, lambda connection: set_stopped(connection, services, ALICE, stopped, now))


async def test_it_is_told_with_the_way_to_have_them_again(server: Server, alice: Phone) -> None:
    assert alice.diary.messages_stopped_at() == ""
    choose(server, stopped=True)
    await alice.sync()
    assert alice.diary.messages_stopped_at() == link(server.services, ALICE)
    await alice.sync(Fate.LOST)
    assert alice.diary.messages_stopped_at() == link(server.services, ALICE), "as it was last known"
    choose(server, stopped=False)
    await alice.sync()
    assert alice.diary.messages_stopped_at() == ""


async def test_a_server_whose_name_has_a_danish_letter_says_so_too(server: Server, alice: Phone) -> None:
    settings = server.services.settings
    server.services.settings = settings.model_copy(update={"public_url": "https://dagbog.sjøgren.dk:8443"})
    choose(server, stopped=True)
    await alice.sync()
    told = alice.diary.messages_stopped_at()
    assert told.startswith("https://dagbog.sj%C3%B8gren.dk:8443/stop/")
    assert unquote(told) == link(server.services, ALICE)


async def test_an_earlier_server_says_nothing_and_that_is_no_fault(server: Server, alice: Phone) -> None:
    choose(server, stopped=True)
    alice.network.retouch = lambda answer: json.dumps(
        {name: value for name, value in json.loads(answer).items() if name != "stopped_at"}
    ).encode()
    await alice.sync()
    assert alice.diary.messages_stopped_at() == ""


async def test_a_phone_that_was_replaced_does_not_hear_of_it(
    server: Server, alice: Phone, phone: Callable[[str], Phone]
) -> None:
    choose(server, stopped=True)
    await phone("other").enrol(server.code(ALICE))
    await alice.sync()
    assert alice.diary.messages_stopped_at() == ""
    assert link(server.services, ALICE).encode() not in alice.network.answers[-1]
