"""The second step of a log-in: codes that count once, recovery codes, and what Mallory tries who has the password."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from diary_app.core.errors import Code, RequestRefused
from server import logs
from server.access import passwords, second_factor, sessions, throttle, totp
from server.access.account_facts import Happened
from server.access.sessions import Due, Held, LoggedIn, NotLoggedIn, StepDue
from server.access.totp import Shared
from server.db import accounts, second_factors, site_facts
from server.db.accounts import Account
from server.db.engine import reading
from server.db.tables import METADATA
from server.services import Services
from server.simulate.environment import SimulatedEnvironment

PASSWORD = "rolig vinter aften"
WARD, ELSEWHERE = "192.0.2.10", "203.0.113.66"


@pytest.fixture(scope="module")
def password_hash() -> str:
    return passwords.hash_password(PASSWORD, bytes(16))


@pytest.fixture(autouse=True)
def staff(services: Services, password_hash: str) -> None:
    """Carol and Ines have the same password; the study asks for a second factor."""
    services.settings.second_factor = "required"
    with services.engine.begin() as connection:
        for name in ("carol", "ines"):
            account = Account(f"{name}-id", name, name, "da", password_hash, services.environment.now())
            accounts.add(connection, account)


@pytest.fixture
def phone(services: Services) -> Shared:
    """Carol's authenticator, set up."""
    return set_up(services)[0]


def log_in(services: Services, name: str = "carol") -> LoggedIn:
    return sessions.log_in(services, username=name, password=PASSWORD, address=WARD)


def held(services: Services, logged_in: LoggedIn) -> Held:
    with reading(services.engine) as connection:
        return sessions.held_by(connection, services.settings, logged_in.secret, services.environment.now())


def set_up(services: Services, name: str = "carol") -> tuple[Shared, LoggedIn, tuple[str, ...]]:
    """What the authenticator has, the log-in that set it up, the recovery codes; half a minute later."""
    entered = log_in(services, name)
    shared = second_factor.offered(services, held(services, entered))
    code = shared.code_at(services.environment.now())
    passed, codes = second_factor.set_up(services, held(services, entered), code, WARD)
    services.environment.advance(seconds=30)  # type: ignore[attr-defined]
    return shared, passed, codes


def pass_with(services: Services, entered: LoggedIn, code: str, address: str = WARD) -> LoggedIn:
    return second_factor.pass_with_code(services, held(services, entered), code, address)


def code_of(phone: Shared, clock: SimulatedEnvironment, **ago: float) -> str:
    return phone.code_at(clock.now() - timedelta(**ago))


def is_through(services: Services, logged_in: LoggedIn) -> bool:
    with reading(services.engine) as connection:
        try:
            sessions.staff_behind(connection, services.settings, logged_in.secret, services.environment.now())
        except StepDue:
            return False
    return True


def happened(services: Services, *kinds: Happened) -> list[str]:
    with reading(services.engine) as connection:
        return [fact.author for fact in site_facts.of_kinds(connection, kinds)]


def test_a_right_password_alone_opens_nothing(services: Services) -> None:
    entered = log_in(services)
    assert entered.due is Due.SET_UP
    assert not is_through(services, entered)


def test_setting_it_up_lets_through_and_is_on_record(services: Services) -> None:
    _, passed, codes = set_up(services)
    assert passed.due is None
    assert is_through(services, passed)
    assert len(set(codes)) == 10
    assert happened(services, Happened.SECOND_FACTOR_SET_UP) == ["carol-id"]


def test_the_next_log_in_asks_for_a_code(services: Services, phone: Shared, clock: SimulatedEnvironment) -> None:
    entered = log_in(services)
    assert entered.due is Due.CODE
    passed = pass_with(services, entered, code_of(phone, clock))
    assert is_through(services, passed)
    with reading(services.engine) as connection:
        account = accounts.of_id(connection, "carol-id")
    assert account is not None
    assert account.last_log_in_at == clock.now()


def test_a_code_with_a_gap_is_the_same_code(services: Services, phone: Shared, clock: SimulatedEnvironment) -> None:
    code = code_of(phone, clock)
    assert pass_with(services, log_in(services), f" {code[:3]} {code[3:]}").due is None


@pytest.mark.parametrize(("seconds", "counts"), [(-90, False), (-30, True), (30, True), (90, False)])
def test_a_clock_may_be_half_a_minute_off(
    services: Services, phone: Shared, clock: SimulatedEnvironment, seconds: int, counts: bool
) -> None:
    clock.advance(minutes=5)
    code = phone.code_at(clock.now() + timedelta(seconds=seconds))
    if counts:
        assert pass_with(services, log_in(services), code).due is None
    else:
        with pytest.raises(RequestRefused, match="This code is wrong"):
            pass_with(services, log_in(services), code)


def test_a_code_counts_once(services: Services, phone: Shared, clock: SimulatedEnvironment) -> None:
    code = code_of(phone, clock)
    pass_with(services, log_in(services), code)
    with pytest.raises(RequestRefused, match="or was used before"):
        pass_with(services, log_in(services), code)


def test_an_older_code_than_the_last_is_refused(services: Services, phone: Shared, clock: SimulatedEnvironment) -> None:
    clock.advance(minutes=5)
    pass_with(services, log_in(services), code_of(phone, clock))
    with pytest.raises(RequestRefused):
        pass_with(services, log_in(services), code_of(phone, clock, seconds=30))


def test_the_code_of_setting_up_is_used_up(services: Services, phone: Shared, clock: SimulatedEnvironment) -> None:
    with pytest.raises(RequestRefused):
        pass_with(services, log_in(services), code_of(phone, clock, seconds=30))


def test_one_code_sent_twice_at_once_lets_one_through(
    services: Services, phone: Shared, clock: SimulatedEnvironment
) -> None:
    entered, code = [log_in(services), log_in(services)], code_of(phone, clock)
    assert sorted(_at_once(lambda one: pass_with(services, one, code), entered)) == [False, True]


def test_mallory_cannot_use_the_code_of_her_own_account(
    services: Services, phone: Shared, clock: SimulatedEnvironment
) -> None:
    of_ines, _, codes = set_up(services, "ines")
    with pytest.raises(RequestRefused):
        pass_with(services, log_in(services), code_of(of_ines, clock))
    with pytest.raises(RequestRefused):
        second_factor.pass_with_recovery_code(services, held(services, log_in(services)), codes[0], WARD)


def test_mallory_cannot_set_up_another_one_instead(services: Services, phone: Shared) -> None:
    entered = held(services, log_in(services))
    with pytest.raises(StepDue):
        second_factor.offered(services, entered)
    with pytest.raises(StepDue):
        second_factor.set_up(services, entered, "123456", WARD)


def test_whoever_sets_up_second_has_to_show_the_code_of_the_first(
    services: Services, clock: SimulatedEnvironment
) -> None:
    late = log_in(services)
    offered = second_factor.offered(services, held(services, late))
    stale = held(services, late)
    phone = set_up(services)[0]
    with pytest.raises((StepDue, NotLoggedIn)):
        second_factor.set_up(services, stale, code_of(offered, clock), WARD)
    assert pass_with(services, log_in(services), code_of(phone, clock)).due is None


def test_nobody_else_is_offered_the_same_secret(services: Services) -> None:
    one, other = (second_factor.offered(services, held(services, log_in(services))) for _ in range(2))
    assert one != other


def test_what_is_offered_stays_the_same_until_it_is_taken(services: Services) -> None:
    entered = log_in(services)
    first = second_factor.offered(services, held(services, entered))
    assert second_factor.offered(services, held(services, entered)) == first


def test_passing_gives_a_secret_that_nobody_knew_before(
    services: Services, phone: Shared, clock: SimulatedEnvironment
) -> None:
    entered = log_in(services)
    passed = pass_with(services, entered, code_of(phone, clock))
    assert passed.secret != entered.secret
    assert passed.staff.csrf != entered.staff.csrf
    with pytest.raises(NotLoggedIn):
        held(services, entered)


def test_setting_up_ends_every_other_log_in(services: Services) -> None:
    other = log_in(services)
    set_up(services)
    with pytest.raises(NotLoggedIn):
        held(services, other)


def test_guessing_codes_is_slowed_down(services: Services, phone: Shared, clock: SimulatedEnvironment) -> None:
    clock.advance(minutes=5)
    entered = log_in(services)
    for _ in range(throttle.FREE_FOR_PAIR):
        with pytest.raises(RequestRefused, match="This code is wrong"):
            pass_with(services, entered, "000000")
    with pytest.raises(RequestRefused) as refusal:
        pass_with(services, entered, code_of(phone, clock))
    assert refusal.value.code is Code.TOO_MANY_TRIES
    assert refusal.value.message == "There were too many wrong codes."


def test_guessing_elsewhere_never_keeps_carol_out(
    services: Services, phone: Shared, clock: SimulatedEnvironment
) -> None:
    pass_with(services, log_in(services), code_of(phone, clock))
    clock.advance(minutes=5)
    of_mallory = log_in(services)
    for number in range(throttle.FREE_FOR_ACCOUNT + 5):
        with pytest.raises(RequestRefused):
            pass_with(services, of_mallory, "000000", f"203.0.113.{number}")
    assert pass_with(services, log_in(services), code_of(phone, clock)).due is None


def test_wrong_codes_of_the_day_before_still_count(
    services: Services, phone: Shared, clock: SimulatedEnvironment
) -> None:
    of_mallory = log_in(services)
    for _ in range(throttle.FREE_FOR_PAIR):
        with pytest.raises(RequestRefused):
            pass_with(services, of_mallory, "000000", ELSEWHERE)
    clock.advance(hours=23)
    with pytest.raises(RequestRefused, match="This code is wrong"):
        pass_with(services, log_in(services), "000000", ELSEWHERE)
    with pytest.raises(RequestRefused, match="too many"):
        pass_with(services, log_in(services), "000000", ELSEWHERE)


def test_a_recovery_code_works_once_however_it_is_typed(services: Services) -> None:
    codes = set_up(services)[2]
    typed = codes[3].lower().replace("-", " ")
    passed = second_factor.pass_with_recovery_code(services, held(services, log_in(services)), typed, WARD)
    assert is_through(services, passed)
    with pytest.raises(RequestRefused, match="or was used before"):
        second_factor.pass_with_recovery_code(services, held(services, log_in(services)), codes[3], WARD)
    with reading(services.engine) as connection:
        assert second_factors.codes_left(connection, "carol-id") == 9
    assert happened(services, Happened.RECOVERY_CODE_USED) == ["carol-id"]


def test_one_recovery_code_used_twice_at_once_lets_one_through(services: Services) -> None:
    codes = set_up(services)[2]
    entered = [held(services, log_in(services)) for _ in range(2)]
    through = _at_once(lambda one: second_factor.pass_with_recovery_code(services, one, codes[0], WARD), entered)
    assert sorted(through) == [False, True]


def test_new_recovery_codes_end_the_old_ones(services: Services) -> None:
    old = set_up(services)[2]
    new = second_factor.make_codes_anew(services, "carol-id")
    with pytest.raises(RequestRefused):
        second_factor.pass_with_recovery_code(services, held(services, log_in(services)), old[0], WARD)
    assert second_factor.pass_with_recovery_code(services, held(services, log_in(services)), new[0], WARD).due is None


def test_a_reset_logs_out_and_starts_over(services: Services, phone: Shared, clock: SimulatedEnvironment) -> None:
    passed = pass_with(services, log_in(services), code_of(phone, clock))
    with services.engine.begin() as connection:
        second_factor.reset(connection, services, "carol-id", author="alma-id")
    with pytest.raises(NotLoggedIn):
        held(services, passed)
    assert log_in(services).due is Due.SET_UP
    assert happened(services, Happened.SECOND_FACTOR_RESET) == ["alma-id"]
    with reading(services.engine) as connection:
        assert second_factors.codes_left(connection, "carol-id") == 0


@pytest.mark.parametrize(("policy", "due"), [("off", None), ("optional", Due.CODE), ("required", Due.CODE)])
def test_what_the_study_asks_of_whoever_has_one(services: Services, phone: Shared, policy: str, due: Due) -> None:
    services.settings.second_factor = policy  # type: ignore[assignment]
    assert log_in(services).due is due


def test_whoever_needs_none_has_none(services: Services) -> None:
    services.settings.second_factor = "optional"
    assert log_in(services).due is None


def test_open_log_ins_meet_a_study_that_begins_to_ask(services: Services) -> None:
    services.settings.second_factor = "optional"
    entered = log_in(services)
    services.settings.second_factor = "required"
    assert not is_through(services, entered)


def test_nobody_takes_off_what_the_study_asks_for(services: Services, phone: Shared) -> None:
    with pytest.raises(RequestRefused, match="asks everybody"):
        second_factor.take_off(services, "carol-id")
    services.settings.second_factor = "optional"
    second_factor.take_off(services, "carol-id")
    assert log_in(services).due is None


def test_neither_secret_nor_codes_rest_in_the_database(services: Services) -> None:
    entered = log_in(services)
    offered = second_factor.offered(services, held(services, entered))
    shared, _, codes = set_up(services, "ines")
    with reading(services.engine) as connection:
        tables = ("session", "second_factor", "recovery_code", "site_fact")
        rows = str([connection.execute(METADATA.tables[name].select()).all() for name in tables])
    assert not [text for text in (offered.secret, shared.secret, *codes, codes[0].replace("-", "")) if text in rows]


def test_a_secret_opens_for_its_own_account_and_server_alone(services: Services) -> None:
    shared = totp.new_shared(services.environment)
    closed = totp.sealed(shared, services.secret, "carol-id", services.environment)
    assert totp.unsealed(closed, services.secret, "carol-id") == shared
    assert totp.unsealed(closed, services.secret, "ines-id") is None
    assert totp.unsealed(closed, b"another server's secret, as long!", "carol-id") is None


@pytest.mark.usefixtures("own_logging")
def test_steps_are_logged_without_codes(services: Services, phone: Shared, clock: SimulatedEnvironment) -> None:
    stream = io.StringIO()
    logs.configure("info", clock, stream)
    code = code_of(phone, clock)
    with pytest.raises(RequestRefused):
        pass_with(services, log_in(services), "918273")
    pass_with(services, log_in(services), code)
    assert stream.getvalue().count("second step") == 2
    assert not any(text in stream.getvalue() for text in ("918273", code, phone.secret, WARD))


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    """RFC 6238, appendix B, SHA-1, last six of eight digits."""
    from datetime import UTC, datetime

    standard = Shared("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    assert standard.code_at(datetime.fromtimestamp(seconds, UTC)) == code


def _at_once(act, entered) -> list[bool]:  # type: ignore[no-untyped-def]
    """Whether each of two that act together gets through."""

    def tried(one) -> bool:  # type: ignore[no-untyped-def]
        try:
            act(one)
        except RequestRefused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(tried, entered))
