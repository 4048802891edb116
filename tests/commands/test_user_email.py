"""Another address for somebody's mail: the one before is told by the command that takes it away."""

from collections.abc import Iterator

import pytest

from tests.commands.conftest import Run
from tests.reminders.post_office import PostOffice

CAROLS, HERS_NOW = "carol@hospital.example", "carol@home.example"


@pytest.fixture
def post_office(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    office = PostOffice()
    office.open()
    for name, value in (("HOST", "127.0.0.1"), ("PORT", str(office.port)), ("SECURITY", "none")):
        monkeypatch.setenv(f"XERODIARY_SMTP_{name}", value)
    yield office
    office.close()


@pytest.fixture
def carol(run: Run) -> None:
    invited = run("user", "invite", "carol", "--role", "coordinator", "--site", "odense", "--email", CAROLS)
    assert invited.exit_code == 0


@pytest.mark.usefixtures("carol")
def test_the_former_address_is_told_at_once(run: Run, post_office: PostOffice) -> None:
    assert "The former address was told." in run("user", "email", "carol", HERS_NOW).output
    assert post_office.receivers == [CAROLS]
    assert "E-mailadressen på din konto er ændret." in str(post_office.messages[0].get_content())
    assert HERS_NOW not in str(post_office.messages[0])
    assert "account_address_changed" in run("trail").output


@pytest.mark.usefixtures("carol")
def test_where_it_cannot_be_told_the_command_says_so(run: Run, post_office: PostOffice) -> None:
    post_office.close()
    assert "was not told yet" in run("user", "email", "carol", "").output


@pytest.mark.usefixtures("carol")
def test_the_same_address_is_no_change(run: Run, post_office: PostOffice) -> None:
    assert run("user", "email", "carol", CAROLS).output == "The address is kept.\n"
    assert post_office.raw == []
    assert "account_address_changed" not in run("trail").output
