"""The sealing key is lost for good: another one, only when that is said in so many words."""

from pathlib import Path

import pytest

from diary_app.core.environment import SystemEnvironment
from server.db import state
from server.db.engine import make_engine, reading
from server.sealing import KEY_FILE
from server.services import open_services
from server.settings import load_settings
from tests.commands.conftest import Run, refusal
from tests.conftest import ALICE
from tests.server.handset import Handset, ready

KEY = Path("var") / KEY_FILE


@pytest.fixture
def alice(run: Run) -> Handset:
    """Her phone seals to the key of a server that has since been stopped."""
    services = open_services(load_settings(), SystemEnvironment())
    handset = ready(services, ALICE)
    services.close()
    return handset


def known_to_phones() -> str | None:
    """The public key in the database."""
    engine = make_engine(load_settings().database_url)
    with reading(engine) as connection:
        public = state.value(connection, state.SEALING_KEY)
    engine.dispose()
    return public


def test_without_saying_that_it_is_lost_nothing_changes(run: Run, alice: Handset) -> None:
    before = known_to_phones()
    KEY.unlink()
    error = refusal(run("db", "new-sealing-key"))
    assert (error.code, "--yes" in error.remedy) == ("not_allowed", True)
    assert (known_to_phones(), KEY.exists()) == (before, False)


def test_a_lost_key_gives_way_to_another_and_phones_hear_of_it(run: Run, alice: Handset) -> None:
    before = known_to_phones()
    KEY.unlink()
    assert refusal(run("db", "check")).code == "setting_invalid"
    assert run("db", "new-sealing-key", "--yes").exit_code == 0
    alice.services = open_services(load_settings(), SystemEnvironment())
    heard = alice.sync().sealing_key
    alice.services.close()
    assert (heard, heard == before) == (known_to_phones(), False)


def test_while_the_key_is_still_there_it_stays(run: Run, alice: Handset) -> None:
    before = known_to_phones()
    assert run("db", "new-sealing-key", "--yes").exit_code == 0
    assert known_to_phones() == before


def test_a_file_that_holds_no_key_is_named_and_nothing_changes(run: Run, alice: Handset) -> None:
    before = known_to_phones()
    KEY.write_text("no key")
    assert KEY_FILE in refusal(run("db", "new-sealing-key", "--yes")).message
    assert known_to_phones() == before


def test_before_there_is_a_database_it_is_made_with_the_key(run: Run) -> None:
    assert run("db", "new-sealing-key", "--yes").exit_code == 0
    assert run("db", "check").exit_code == 0


def test_a_database_that_cannot_be_reached_is_told_in_words(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XERODIARY_DATABASE_URL", f"postgresql://nobody@/none?host={Path.cwd()}")
    assert refusal(run("db", "new-sealing-key", "--yes")).code == "database_unavailable"
