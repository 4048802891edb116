"""The second step of a log-in: setting up an authenticator, showing its code or a recovery code, taking it off."""

from typing import TypeVar

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from server.access import recovery, sessions, throttle, totp
from server.access.account_facts import Happened, note
from server.access.sessions import Due, Held, LoggedIn, StepDue
from server.access.totp import Shared
from server.db import log_ins, second_factors
from server.db.engine import reading
from server.db.second_factors import SecondFactor
from server.db.writer import Work
from server.logs import logger
from server.services import Services

Passed = TypeVar("Passed")
_log = logger()


class WrongCode(RequestRefused):
    """Not what the authenticator shows now."""

    def __init__(self) -> None:
        super().__init__(
            Code.NOT_ALLOWED,
            "This code is wrong, or was used before.",
            "Wait for the next code. If none is taken, check the clock of the phone.",
        )


class CodeShownAgain(WrongCode):
    """It was used before: whoever shows it may have looked over a shoulder. Answered like any other wrong one."""


def offered(services: Services, held: Held) -> Shared:
    """What this log-in is setting up: made at the first look, the same until it is confirmed or the log-in ends."""
    _may_set_up(held)
    account, key = held.staff.account, services.secret
    if held.session.offered and (known := totp.unsealed(held.session.offered, key, account)):
        return known
    shared = totp.new_shared(services.environment)
    closed = totp.sealed(shared, key, account, services.environment)
    services.writer.run("", lambda connection: log_ins.offer(connection, held.session.secret_sha256, closed))
    return shared


def set_up(services: Services, held: Held, typed: str, address: str) -> tuple[LoggedIn, tuple[str, ...]]:
    """Take what was offered once its code shows that the authenticator has it; the new recovery codes with it.

    In place of an earlier second factor, and every other log-in of the account ends. Raises `RequestRefused`.
    """
    _may_set_up(held)
    account, now = held.staff.account, services.environment.now()
    shared = _offered_before(services, held)
    guess = _admitted(services, account, address)
    step = shared.step_of(_digits(typed), now)
    if step is None:
        raise WrongCode
    codes = recovery.new_codes(services.environment)
    closed = totp.sealed(shared, services.secret, account, services.environment)

    def work(connection: Connection) -> LoggedIn:
        throttle.accept(connection, guess)
        _keep(connection, held, SecondFactor(account, closed, step, now))
        _replace_codes(connection, services, account, codes)
        log_ins.remove_of(connection, account, but=held.session.secret_sha256)
        note(connection, services.environment, Happened.SECOND_FACTOR_SET_UP, account, author=account)
        return sessions.renew(connection, services, held.session, passed_second=True)

    return services.writer.run("", work), codes


def pass_with_code(services: Services, held: Held, typed: str, address: str) -> LoggedIn:
    """Through with the authenticator's code, each of which counts once. Raises `RequestRefused`."""
    account = held.staff.account
    guess = _admitted(services, account, address)

    def work(connection: Connection) -> LoggedIn:
        _take_code(connection, services, account, typed)
        throttle.accept(connection, guess)
        return sessions.renew(connection, services, held.session, passed_second=True)

    return _watched(services, account, guess, work, held)


def is_set_up(services: Services, account: str) -> bool:
    """Whether the account has one."""
    with reading(services.engine) as connection:
        return second_factors.of(connection, account) is not None


def show_code(services: Services, account: str, typed: str, address: str) -> None:
    """The second step of somebody who does something at the server itself. Raises `RequestRefused`.

    Whoever types two commands while one code is shown is told to wait; no log-in went on, so nobody is warned of one.
    """
    guess = _admitted(services, account, address)

    def work(connection: Connection) -> None:
        _take_code(connection, services, account, typed)
        throttle.accept(connection, guess)

    _watched(services, account, guess, work)


def pass_with_recovery_code(services: Services, held: Held, typed: str, address: str) -> LoggedIn:
    """Through without the authenticator; the code is used up. Raises `RequestRefused`."""
    account = held.staff.account
    guess = _admitted(services, account, address)
    wanted = [recovery.keyed_hash(key, account, typed) for key in services.secrets]

    def work(connection: Connection) -> LoggedIn:
        if not any(second_factors.take_code(connection, account, one) for one in wanted):
            raise RequestRefused(
                Code.NOT_ALLOWED,
                "This recovery code is wrong, or was used before.",
                "Use another one of the ten, or ask an administrator to reset your second step.",
            )
        throttle.accept(connection, guess)
        note(connection, services.environment, Happened.RECOVERY_CODE_USED, account, author=account)
        return sessions.renew(connection, services, held.session, passed_second=True)

    return _watched(services, account, guess, work)


def make_codes_anew(services: Services, account: str) -> tuple[str, ...]:
    """Ten recovery codes in place of those that are left. Raises `RequestRefused` where there is no second factor."""
    codes = recovery.new_codes(services.environment)

    def work(connection: Connection) -> None:
        if second_factors.of(connection, account) is None:
            raise RequestRefused(Code.NOT_FOUND, "No second step is set up.", "Set one up first.")
        _replace_codes(connection, services, account, codes)
        note(connection, services.environment, Happened.RECOVERY_CODES_MADE, account, author=account)

    services.writer.run("", work)
    return codes


def take_off(services: Services, account: str) -> None:
    """Log in with the password alone again. Raises `RequestRefused` where the study asks for a second factor."""
    if services.settings.second_factor == "required":
        raise RequestRefused(
            Code.NOT_ALLOWED,
            "The study asks everybody for a second step.",
            "Set up another one in its place.",
        )

    def work(connection: Connection) -> None:
        if second_factors.forget(connection, account):
            note(connection, services.environment, Happened.SECOND_FACTOR_TAKEN_OFF, account, author=account)

    services.writer.run("", work)


def reset(connection: Connection, services: Services, account: str, *, author: str) -> None:
    """For somebody who has lost authenticator and codes: gone, logged out everywhere, to be set up anew."""
    second_factors.forget(connection, account)
    log_ins.remove_of(connection, account)
    note(connection, services.environment, Happened.SECOND_FACTOR_RESET, account, author=author)


def _may_set_up(held: Held) -> None:
    """Raises `StepDue`: who has one shows it before they may set up another."""
    if held.due is Due.CODE:
        raise StepDue(Due.CODE)


def _keep(connection: Connection, held: Held, factor: SecondFactor) -> None:
    """Raises `StepDue` where another log-in, which may be a stranger's or the owner's, has set one up since."""
    if held.due is None:
        second_factors.keep(connection, factor)
    elif not second_factors.keep_first(connection, factor):
        raise StepDue(Due.CODE)


def _offered_before(services: Services, held: Held) -> Shared:
    known = held.session.offered and totp.unsealed(held.session.offered, services.secret, held.staff.account)
    if not known:
        raise RequestRefused(
            Code.NOT_FOUND,
            "This set-up has ended.",
            "Open the page again and take the picture that it shows now.",
        )
    return known


def _admitted(services: Services, account: str, address: str) -> throttle.Guess:
    now = services.environment.now()
    guess = throttle.guess(services.secret, account, address, now, throttle.SECOND, former=services.former_secret)
    services.writer.run("", lambda connection: throttle.admit(connection, guess))
    return guess


def _take_code(connection: Connection, services: Services, account: str, typed: str) -> None:
    """Each code counts once. Raises `RequestRefused`."""
    factor = second_factors.of(connection, account)
    shared = totp.unsealed(factor.sealed, services.secret, account) if factor else None
    step = shared.step_of(_digits(typed), services.environment.now()) if shared else None
    if step is None:
        raise WrongCode
    if not second_factors.take_step(connection, account, step):
        raise CodeShownAgain


def _watched(
    services: Services, account: str, guess: throttle.Guess, work: Work[Passed], held: Held | None = None
) -> Passed:
    try:
        passed = services.writer.run("", work)
    except RequestRefused as refusal:
        again = isinstance(refusal, CodeShownAgain)
        _log.info("second step", right=False, again=again, account=account, place=guess.place)
        if again and held is not None:
            services.writer.run("", lambda connection: _note_shown_again(connection, services, account, held))
        raise
    _log.info("second step", right=True, account=account, place=guess.place)
    return passed


def _note_shown_again(connection: Connection, services: Services, account: str, held: Held) -> None:
    """Whoever sends the form of one log-in twice has shown the code once: then the log-in has gone on meanwhile."""
    if log_ins.of_secret(connection, held.session.secret_sha256) is not None:
        note(connection, services.environment, Happened.CODE_SHOWN_AGAIN, account, author=account)


def _replace_codes(connection: Connection, services: Services, account: str, codes: tuple[str, ...]) -> None:
    hashes = [recovery.keyed_hash(services.secret, account, code) for code in codes]
    second_factors.replace_codes(connection, account, hashes)


def _digits(typed: str) -> str:
    """The code without the gap that most authenticators show in its middle."""
    return "".join(typed.split())
