"""The morning's overview: at most ten lines of counts, once to each who looks after the site, at their breakfast."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server import jobs
from server.access.roles import Role
from server.alerts.digest import LINES, MOST_LINES, Morning, digest
from server.alerts.mailing import mail_overviews
from server.alerts.open_alerts import Alert
from server.db import accounts
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.reminders.post_office import PostOffice, with_mail
from tests.server.handset import add, ready

CAROLS, IDAS = "carol@hospital.example", "ida@hospital.example"
SEVEN = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)  # in Copenhagen


@pytest.fixture
def settings(database_url: str, tmp_path: Path, post_office: PostOffice) -> Settings:
    return with_mail(database_url, tmp_path / "var", post_office)


@pytest.fixture
def site(services: Services, clock: SimulatedEnvironment) -> None:
    """Alice filled in the evening of the 23rd, Bob is at another site, somebody was never activated."""
    staff(services, "carol", CAROLS, Role.COORDINATOR, "copenhagen")
    staff(services, "ida", IDAS, Role.INVESTIGATOR, "odense")
    alice = ready(services, ALICE)
    ready(services, BOB, "bob")
    add(services, "01-002")
    clock.advance(days=1)
    jobs.extend_horizon(services, clock.now())
    alice.fill_in(clock.now().date())
    alice.sync()


def staff(services: Services, name: str, email: str | None, role: Role, site: str) -> None:
    staged.account(services, name, (role, site), display=name.title())
    with services.engine.begin() as connection:
        account = accounts.of_username(connection, name)
        assert account is not None
        accounts.set_email(connection, account.id, email)
        accounts.set_language(connection, account.id, "da")


def mailed(post_office: PostOffice) -> list[tuple[str, str]]:
    bodies = [str(letter.get_content()) for letter in post_office.messages]
    return list(zip(post_office.receivers, bodies, strict=True))


@pytest.mark.usefixtures("site")
def test_everybody_gets_their_own_site_in_their_language(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    clock.move_to(SEVEN)
    assert mail_overviews(services, clock.now()) == 2
    told = dict(mailed(post_office))
    assert told[CAROLS].splitlines() == [
        "Rigshospitalet, mandag 23. november",
        "Aftenens dagbøger, der er kommet: 1 af 1",
        "Der er ikke noget at tage sig af lige nu.",
        "https://dagbog.example/console/",
    ]
    assert "Aftenens dagbøger, der er kommet: 0 af 1" in told[IDAS]


@pytest.mark.usefixtures("site")
def test_before_seven_after_eleven_and_a_second_time_nothing_is_mailed(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    clock.move_to(SEVEN.replace(hour=5, minute=59))
    assert mail_overviews(services, clock.now()) == 0
    clock.move_to(SEVEN)
    assert mail_overviews(services, clock.now()) == 2
    clock.advance(minutes=5)
    assert mail_overviews(services, clock.now()) == 0
    clock.move_to(SEVEN.replace(day=25, hour=10, minute=1))
    assert mail_overviews(services, clock.now()) == 0
    assert len(post_office.raw) == 2


@pytest.mark.usefixtures("site")
def test_a_mail_server_that_was_down_is_tried_again_and_nobody_gets_it_twice(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    post_office.close()
    clock.move_to(SEVEN)
    assert mail_overviews(services, clock.now()) == 0
    post_office.open()
    clock.advance(minutes=5)
    assert mail_overviews(services, clock.now()) == 2
    assert sorted(address for address, _ in mailed(post_office)) == [CAROLS, IDAS]


@pytest.mark.usefixtures("site")
def test_a_mail_server_that_hangs_up_after_taking_it_gets_it_once(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    post_office.hangs_up = True
    for minutes in range(0, 60, 5):
        clock.move_to(SEVEN.replace(minute=minutes))
        mail_overviews(services, clock.now())
    assert sorted(post_office.receivers) == [CAROLS, IDAS]


@pytest.mark.usefixtures("site")
def test_an_overview_that_comes_twice_is_recognised(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies before it is written down; the next one knows nothing of it."""
    clock.move_to(SEVEN)

    def died(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("server.alerts.mailing.write_down", died)
        with pytest.raises(KeyboardInterrupt):
            mail_overviews(services, clock.now())
    clock.advance(minutes=20)
    mail_overviews(services, clock.now())
    marks = [str(letter["message-id"]) for letter in post_office.messages]
    assert (len(marks), len(set(marks))) == (3, 2)


@pytest.mark.usefixtures("site")
def test_who_is_gone_watches_only_or_left_no_address_gets_nothing(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    staff(services, "mona", "mona@cro.example", Role.MONITOR, "copenhagen")
    staff(services, "nils", None, Role.COORDINATOR, "copenhagen")
    staff(services, "otto", "otto@hospital.example", Role.COORDINATOR, "copenhagen")
    with services.engine.begin() as connection:
        otto = accounts.of_username(connection, "otto")
        assert otto is not None
        accounts.set_disabled(connection, otto.id, clock.now())
    clock.move_to(SEVEN)
    mail_overviews(services, clock.now())
    assert sorted(address for address, _ in mailed(post_office)) == [CAROLS, IDAS]


@pytest.mark.usefixtures("site")
def test_what_needs_somebody_is_counted_and_nobody_is_named(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    clock.move_to(SEVEN.replace(day=27))
    jobs.sweep_due(services, clock.now())
    mail_overviews(services, clock.now())
    text = dict(mailed(post_office))[CAROLS]
    assert "Telefoner, vi ikke har hørt fra: 1" in text
    assert "Telefoner, der aldrig er taget i brug: 1" in text
    assert not re.search(r"\d{2}-\d{3}", text)


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("role", "site_of_it", "told"),
    [
        (Role.INVESTIGATOR, "copenhagen", True),
        (Role.EXPORTER, "*", True),
        (Role.INVESTIGATOR, "odense", False),
        (Role.COORDINATOR, "copenhagen", False),
        (Role.ADMINISTRATOR, "*", False),
    ],
)
def test_a_role_that_opens_answers_is_told_the_next_morning_alone(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, role: Role, site_of_it: str, told: bool
) -> None:
    """An administrator could invite themselves under another name."""
    staged.account(services, "alma-again", (role, site_of_it))
    for day in (24, 25):
        clock.move_to(SEVEN.replace(day=day))
        mail_overviews(services, clock.now())
    mornings = [body for address, body in mailed(post_office) if address == CAROLS]
    line = "Konti, der siden i går må læse svar: 1. Er det meningen?"
    assert [line in body for body in mornings] == [told, False]


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_longest_overview_has_ten_lines_at_most(services: Services, language: str) -> None:
    site, at = services.study.sites[0], services.environment.now()
    alerts = [Alert(kind, ALICE, site.id, at, 1) for kind in LINES]
    made = digest(services.study, Morning(site, at.date(), 40, 31, alerts, 1), language, "https://dagbog.example")
    assert len(made.lines) == MOST_LINES
    kinds_named = MOST_LINES - 5  # beside who was let in
    assert made.lines[-2].endswith(f": {len(LINES) - kinds_named}"), "what does not fit is counted"
    assert made.lines[-1] == "https://dagbog.example/console/"
    assert all("{" not in line for line in made.lines)
    assert made.subject in {"Morgenens overblik", "This morning's overview"}
