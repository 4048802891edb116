"""A server does not start with a way to another machine that nothing guards, unless its settings say what they know."""

from pathlib import Path
from typing import Any

import pytest
from apprise.manager_plugins import NotificationManager

from diary_app.core.errors import Code
from server.services import open_services
from server.settings import SettingInvalid, Settings, load_settings
from server.simulate.environment import SimulatedEnvironment
from server.ways import IN_THE_CLEAR, Way, exposed, is_here, require_guarded, way_to_database

ELSEWHERE = "postgresql://x:wrong-horse@10.1.0.4/x"


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:///x.sqlite",
        "postgresql://x:secret@127.0.0.1/x",
        "postgresql://x@localhost/x?sslmode=disable",
        "postgresql+psycopg://x@[::1]:5432/x",
        "postgresql:///x",
        "postgresql://x@/x?host=/run/postgresql",
        "postgresql:///x?host=127.0.0.1:5432&host=[::1]:5433",
        "postgresql://x@db.example/x?sslmode=verify-full&sslrootcert=system",
    ],
)
def test_this_machine_and_a_verified_way_are_safe(address: str) -> None:
    assert way_to_database(address, {}) is None


@pytest.mark.parametrize(
    ("address", "around", "seen"),
    [
        (ELSEWHERE, {}, "prefer"),
        (f"{ELSEWHERE}?sslmode=require", {}, "require"),
        (f"{ELSEWHERE}?sslmode=verify-ca", {}, "verify-ca"),
        ("postgresql:///x?host=127.0.0.1&host=db.example", {}, "prefer"),
        ("postgresql://x@127.0.0.1/x?hostaddr=10.1.0.4", {}, "prefer"),
        ("postgresql:///x", {"PGHOST": "db.example"}, "prefer"),
        ("postgresql://x@127.0.0.1/x", {"PGHOSTADDR": "10.1.0.4"}, "prefer"),
        ("postgresql:///x?host=localhost", {"PGHOSTADDR": "10.1.0.4"}, "prefer"),
        ("postgresql:///x", {"PGHOSTADDR": "10.1.0.4", "PGSSLMODE": "require"}, "require"),
        ("postgresql:///x?service=study", {}, "prefer"),
        ("postgresql://x@127.0.0.1.example/x", {}, "prefer"),
    ],
)
def test_any_other_way_is_told_with_what_would_be_done(address: str, around: dict[str, str], seen: str) -> None:
    assert way_to_database(address, around) == f"sslmode={seen}"


def test_variables_of_its_client_can_make_it_safe() -> None:
    assert way_to_database(ELSEWHERE, {"PGSSLMODE": "verify-full"}) is None
    assert way_to_database(f"{ELSEWHERE}?sslmode=require", {"PGSSLMODE": "verify-full"}) == "sslmode=require"


def test_the_server_says_what_to_do_before_it_opens_anything(tmp_path: Path, clock: SimulatedEnvironment) -> None:
    settings = Settings(database_url=ELSEWHERE, var_folder=tmp_path / "var")
    with pytest.raises(SettingInvalid) as refused:
        open_services(settings, clock)
    assert refused.value.code is Code.SETTING_INVALID
    assert "XERODIARY_DATABASE_URL" in refused.value.message
    assert "sslmode=verify-full" in refused.value.remedy
    assert "XERODIARY_GUARDED_OTHERWISE=database" in refused.value.remedy
    assert "wrong-horse" not in str(refused.value)


def test_the_role_that_owns_the_tables_takes_no_other_way(tmp_path: Path) -> None:
    settings = Settings(database_url="postgresql:///x", database_owner_url=ELSEWHERE, var_folder=tmp_path)
    with pytest.raises(SettingInvalid, match="XERODIARY_DATABASE_OWNER_URL"):
        require_guarded(settings)


@pytest.mark.parametrize(
    ("given", "way"),
    [
        ({"database_url": ELSEWHERE}, Way.DATABASE),
        ({"smtp_host": "post.example", "smtp_security": "none"}, Way.MAIL),
        ({"sms_url": "json://gateway.example/send?to={number}"}, Way.SMS),
        ({"sms_url": "json:///gateway.example/send?to={number}"}, Way.SMS),
        ({"sms_url": "smseagle://key@10.1.0.4/{number}"}, Way.SMS),
        ({"sms_url": "signal://10.1.0.4:8080/4512345678/{digits}"}, Way.SMS),
        ({"sms_url": "smpp://user:key@10.1.0.4:2775/4512345678/{digits}"}, Way.SMS),
        ({"trusted_proxies": 1, "proxy_addresses": "127.0.0.1,10.1.0.4"}, Way.PROXY),
    ],
)
def test_what_else_guards_a_way_is_said_for_each_way(given: dict[str, Any], way: Way) -> None:
    others = ",".join(one for one in Way if one is not way)
    for said in ("", others):
        with pytest.raises(SettingInvalid):
            require_guarded(Settings(**given, guarded_otherwise=said))
    require_guarded(Settings(**given, guarded_otherwise=f"{others},{way}"))


@pytest.mark.parametrize(
    "given",
    [
        {"smtp_host": "post.example"},
        {"smtp_host": "post.example", "smtp_security": "tls"},
        {"smtp_host": "127.0.0.1", "smtp_security": "none"},
        {"sms_url": "jsons://gateway.example/send?to={number}"},
        {"sms_url": "json://127.0.0.1:8025/send?to={number}"},
        {"sms_url": "smseagles://key@10.1.0.4/{number}"},
        {"trusted_proxies": 1},
        {"trusted_proxies": 1, "proxy_addresses": "*"},
        {"proxy_addresses": "10.1.0.4"},
    ],
)
def test_what_is_set_up_as_usual_is_safe_without_a_word(given: dict[str, Any]) -> None:
    assert list(exposed(Settings(**given))) == []


def test_every_service_that_has_a_safe_way_as_well_is_asked_to_take_it() -> None:
    plugins = NotificationManager()
    plugins.load_modules()
    named = [(words(one.protocol), words(one.secure_protocol)) for one in plugins.plugins()]
    safe = {word for _, secure in named for word in secure}
    assert {word for plain, secure in named if secure for word in plain} == IN_THE_CLEAR
    assert {f"{word}s" for word in IN_THE_CLEAR} <= safe, "the remedy names one that there is"
    assert not IN_THE_CLEAR & safe


def words(of_a_plugin: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (of_a_plugin,) if isinstance(of_a_plugin, str) else of_a_plugin or ()


def test_the_setting_takes_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XERODIARY_GUARDED_OTHERWISE", "database,everything")
    with pytest.raises(SettingInvalid, match="XERODIARY_GUARDED_OTHERWISE"):
        load_settings()


@pytest.mark.parametrize(
    ("host", "here"), [("127.8.0.1", True), ("@abstract", True), ("10.0.0.1", False), ("db", False)]
)
def test_only_sockets_and_loopback_are_here(host: str, here: bool) -> None:
    assert is_here(host) is here
