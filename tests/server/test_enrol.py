"""A one-time code becomes an installation, once; asked again it gives the same answer, guessed it gives nothing."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

import httpx
import pytest

from diary_app.core.enrolment_code import code_from
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import DeviceState
from diary_app.core.wire import ENROL_PATH
from server.db import codes, devices, log_in_tries
from server.db.engine import reading
from server.db.writer import ThreadedWriter
from server.errors import STATUS
from server.intake import staff
from server.intake.enrol import EVERYBODY, count_try, enrol
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.server.handset import CAROL, Handset, add, new_code, ready


def refusal(handset: Handset, code: str) -> Code:
    with pytest.raises(RequestRefused) as refused:
        handset.enrol(code)
    assert refused.value.remedy
    return refused.value.code


def state_of(handset: Handset) -> str:
    with reading(handset.services.engine) as connection:
        row = devices.get(connection, handset.device)
    assert row is not None
    return row.state


def test_a_code_activates_a_phone(services: Services) -> None:
    answer = Handset(services).enrol(add(services, ALICE))
    assert (answer.participant, answer.site, answer.language) == (ALICE, "copenhagen", "da")
    assert answer.study_text == services.study.text
    assert answer.epoch == services.epoch
    assert [fact.body["kind"] for fact in answer.facts] == ["participant_added", "phone_activated"]


def test_a_code_is_forgiving_of_how_it_is_typed(services: Services) -> None:
    code = add(services, ALICE)
    assert Handset(services).enrol(f" {code.lower().replace('-', ' ')} ").participant == ALICE


def test_a_slip_and_an_unknown_code_are_told_apart(services: Services) -> None:
    add(services, ALICE)
    assert refusal(Handset(services), "ABCD-EFGH-JKMN") is Code.CODE_MALFORMED
    assert refusal(Handset(services), code_from(bytes(7))) is Code.CODE_UNKNOWN


def test_an_expired_code_says_so(services: Services, clock: SimulatedEnvironment) -> None:
    code = add(services, ALICE)
    clock.advance(days=services.settings.code_valid_days)
    assert refusal(Handset(services), code) is Code.CODE_EXPIRED


def test_a_new_code_ends_the_one_before(services: Services) -> None:
    first = add(services, ALICE)
    new_code(services, ALICE)
    assert refusal(Handset(services), first) is Code.CODE_EXPIRED


def test_a_used_code_is_refused_to_another_phone(services: Services) -> None:
    code = add(services, ALICE)
    Handset(services).enrol(code)
    assert refusal(Handset(services, "mallory"), code) is Code.CODE_USED


def test_a_lost_answer_is_given_again_for_a_day(services: Services, clock: SimulatedEnvironment) -> None:
    code, handset = add(services, ALICE), Handset(services)
    first = handset.enrol(code)
    clock.advance(hours=23)
    again = handset.enrol(code)
    assert again.model_copy(update={"server_time": first.server_time}) == first


def test_after_a_day_the_same_phone_needs_a_new_code(services: Services, clock: SimulatedEnvironment) -> None:
    code, handset = add(services, ALICE), Handset(services)
    handset.enrol(code)
    clock.advance(hours=24)
    assert refusal(handset, code) is Code.CODE_USED
    assert handset.enrol(new_code(services, ALICE)).participant == ALICE


def test_the_same_id_with_another_token_is_refused(services: Services) -> None:
    code, handset, impostor = add(services, ALICE), Handset(services), Handset(services)
    impostor.token = "guessed"
    handset.enrol(code)
    assert refusal(impostor, code) is Code.CODE_USED
    assert refusal(impostor, new_code(services, ALICE)) is Code.REQUEST_INVALID


def test_a_device_id_belongs_to_one_participant(services: Services) -> None:
    handset = Handset(services)
    handset.enrol(add(services, ALICE))
    assert refusal(handset, add(services, BOB)) is Code.REQUEST_INVALID


def test_a_code_is_not_used_up_on_a_phone_with_anothers_diary(services: Services) -> None:
    theirs, another = ready(services, BOB), Handset(services, "another")
    code = new_code(services, BOB)
    request = another.enrol_request(code, participant=ALICE)
    with pytest.raises(RequestRefused) as refused:
        services.writer.run(BOB, lambda connection: enrol(connection, services, request, services.environment.now()))
    assert refused.value.code is Code.WRONG_PARTICIPANT
    assert state_of(theirs) == DeviceState.ACTIVE
    with reading(services.engine) as connection:
        assert codes.waiting(connection, BOB, services.environment.now()) is not None


def test_a_second_phone_replaces_the_first(services: Services, clock: SimulatedEnvironment) -> None:
    first, second = ready(services, ALICE), Handset(services, "second")
    clock.advance(days=30)
    second.enrol(new_code(services, ALICE))
    assert (state_of(first), state_of(second)) == (DeviceState.REPLACED, DeviceState.ACTIVE)


def test_soon_after_the_first_the_second_phone_waits_for_its_records(
    services: Services, clock: SimulatedEnvironment
) -> None:
    first, second = ready(services, ALICE), Handset(services, "second")
    first.sync(pending=2)
    clock.advance(hours=47)
    assert refusal(second, new_code(services, ALICE)) is Code.NOT_ALLOWED
    first.sync(pending=0)
    assert second.enrol(new_code(services, ALICE)).device_state is DeviceState.ACTIVE


def test_a_phone_that_goes_on_under_another_id_was_not_enrolled_by_that(
    services: Services, clock: SimulatedEnvironment
) -> None:
    first, second = ready(services, ALICE), Handset(services, "second")
    clock.advance(days=5)
    following = first.goes_on("alice again")
    clock.advance(hours=1)
    following.sync(pending=2)
    second.enrol(new_code(services, ALICE))
    assert (state_of(following), state_of(second)) == (DeviceState.REPLACED, DeviceState.ACTIVE)


def test_soon_after_the_enrolment_its_other_id_has_to_have_sent_as_well(
    services: Services, clock: SimulatedEnvironment
) -> None:
    first, second = ready(services, ALICE), Handset(services, "second")
    clock.advance(hours=1)
    first.goes_on("alice again").sync(pending=2)
    clock.advance(hours=40)
    assert refusal(second, new_code(services, ALICE)) is Code.NOT_ALLOWED


def test_a_phone_reported_lost_stands_in_nobodys_way(services: Services, clock: SimulatedEnvironment) -> None:
    first, second = ready(services, ALICE), Handset(services, "second")
    first.sync(pending=2)
    services.writer.run(
        ALICE,
        lambda connection: staff.report_lost(
            connection, services, ALICE, reason="stolen", author=CAROL, at=clock.now()
        ),
    )
    second.enrol(new_code(services, ALICE))
    assert (state_of(first), state_of(second)) == (DeviceState.LOST, DeviceState.ACTIVE)


def test_a_new_phone_hears_of_everything(services: Services, clock: SimulatedEnvironment) -> None:
    first, second = ready(services, ALICE), Handset(services, "second")
    clock.advance(days=3)
    answer = second.enrol(new_code(services, ALICE))
    assert {fact.body["kind"] for fact in answer.facts} == {"participant_added", "phone_activated", "training"}
    assert first.records[0].id in {fact.id for fact in answer.facts}
    assert len(answer.days) > 3


def test_guessing_is_slowed_down_for_an_address(services: Services, clock: SimulatedEnvironment) -> None:
    allowed = services.settings.enrol_tries_per_hour

    def tries(address: str, count: int) -> list[RequestRefused | None]:
        return [
            services.writer.run("", lambda connection: count_try(connection, services, address, clock.now()))
            for _ in range(count)
        ]

    assert tries("192.0.2.1", allowed) == [None] * allowed
    (refused,) = tries("192.0.2.1", 1)
    assert refused is not None
    assert (refused.code, refused.retry_after) == (Code.TOO_MANY_TRIES, 3600)
    assert tries("192.0.2.2", 1) == [None]
    clock.advance(hours=1)
    assert tries("192.0.2.1", 1) == [None]


def tries_of(services: Services, addresses: Iterable[str], now: datetime) -> list[RequestRefused | None]:
    return [
        services.writer.run("", partial(count_try, services=services, address=address, now=now))
        for address in addresses
    ]


async def test_right_codes_are_no_guesses(
    services: Services, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    services.settings.enrol_tries_per_hour = 1
    handset, code = Handset(services), add(services, ALICE)

    async def answers(typed: str, times: int) -> list[int]:
        text = handset.enrol_request(typed).model_dump_json()
        return [(await client.post(ENROL_PATH, content=text)).status_code for _ in range(times)]

    assert await answers(code, 3) == [200] * 3
    assert guessed(services, clock) == 0
    unknown, too_many = await answers(code_from(bytes(7)), 2)
    assert (unknown, too_many) == (STATUS[Code.CODE_UNKNOWN], STATUS[Code.TOO_MANY_TRIES])
    assert guessed(services, clock) == 1


def guessed(services: Services, clock: SimulatedEnvironment) -> int:
    """What the watch for far more refusals than usual counts."""
    hour = timedelta(hours=1)
    with reading(services.engine) as connection:
        return log_in_tries.number(connection, EVERYBODY, clock.now() - hour, clock.now() + hour)


def test_one_address_cannot_keep_everybody_from_enrolling(services: Services, clock: SimulatedEnvironment) -> None:
    services.settings.enrol_tries_per_hour = 1
    tries_of(services, ["192.0.2.1"] * 100, clock.now())
    assert tries_of(services, ["192.0.2.2"], clock.now()) == [None]


def test_neighbours_in_one_network_count_as_one_address(services: Services, clock: SimulatedEnvironment) -> None:
    services.settings.enrol_tries_per_hour = 2
    tried = tries_of(services, ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1"], clock.now())
    assert [one is None for one in tried] == [True, True, False, True]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_processes_count_without_waiting_for_each_other(
    services: Services, open_more: Callable[..., Services], clock: SimulatedEnvironment
) -> None:
    addresses = [f"192.0.2.{number}" for number in range(20)]
    services.settings.enrol_tries_per_hour = 10_000
    writers = [ThreadedWriter(services.engine), ThreadedWriter(open_more().engine)]
    tries = [
        writer.submit("", partial(count_try, services=services, address=address, now=clock.now()))
        for _ in range(20)
        for place in range(20)
        for writer, address in zip(writers, (addresses[place], addresses[-1 - place]), strict=True)
    ]
    assert {one.result(30) for one in tries} == {None}
    for writer in writers:
        writer.close()


def test_a_lost_phone_that_asks_again_hears_nothing(services: Services, clock: SimulatedEnvironment) -> None:
    code = add(services, ALICE)
    handset = Handset(services)
    assert handset.enrol(code).days == ()  # nothing is expected before the practice
    handset.train()
    handset.sync()
    services.writer.run(
        ALICE,
        lambda connection: staff.report_lost(
            connection, services, ALICE, reason="stolen", author=CAROL, at=clock.now()
        ),
    )
    answer = handset.enrol(code)
    assert (answer.device_state, answer.facts, answer.days) == (DeviceState.LOST, (), ())


def test_addresses_and_codes_are_kept_as_keyed_hashes_only(services: Services, clock: SimulatedEnvironment) -> None:
    code = add(services, ALICE)
    services.writer.run("", lambda connection: count_try(connection, services, "192.0.2.1", clock.now()))
    with reading(services.engine) as connection:
        rows = [
            *connection.exec_driver_sql("SELECT code_hash FROM enrolment_code").scalars(),
            *connection.exec_driver_sql("SELECT subject FROM attempt").scalars(),
        ]
    assert not any(code.replace("-", "") in row or "192.0.2.1" in row for row in rows)


def test_an_installation_starts_when_it_is_activated(services: Services, clock: SimulatedEnvironment) -> None:
    handset = ready(services, ALICE)
    with reading(services.engine) as connection:
        row = devices.get(connection, handset.device)
    assert row is not None
    assert row.active_from == clock.now()
    assert row.last_seen_at is not None
    assert row.last_seen_at - row.active_from == timedelta()
