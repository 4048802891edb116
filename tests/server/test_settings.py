"""Settings come from the environment, explain themselves, and are refused by name."""

from pathlib import Path

import pytest

from diary_app.core.errors import Code, XerodiaryError
from server.settings import PREFIX, Settings, load_settings


def test_a_try_out_needs_no_settings() -> None:
    assert load_settings().database_url == "sqlite:///var/xerodiary.sqlite"


def test_the_database_moves_with_the_var_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XERODIARY_VAR_FOLDER", str(tmp_path))
    assert load_settings().database_url == f"sqlite:///{tmp_path}/xerodiary.sqlite"


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XERODIARY_PORT", "")
    assert load_settings().port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("DATABASE_URL", "mysql://root@localhost/diary"),
        ("DATABASE_URL", "postgresql://diary:x@db:port/diary"),
        ("DATABASE_URL", "postgresql://diary:x@[::1/diary"),
        ("DATABASE_OWNER_URL", "postgresql://owner:x@db:port/diary"),
        ("DATABASE_OWNER_URL", "db.example"),
        ("PUBLIC_URL", "diary.example"),
        ("SECRET", "short"),
        ("SESSION_IDLE_MINUTES", "0"),
        ("LOG_LEVEL", "loud"),
        ("STUDY", "../../etc/passwd"),
    ],
)
def test_a_bad_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(XerodiaryError, match=PREFIX + name) as refusal:
        load_settings()
    assert refusal.value.code is Code.SETTING_INVALID
    assert refusal.value.remedy


def test_every_fault_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XERODIARY_PORT", "-1")
    monkeypatch.setenv("XERODIARY_STUDY", "")
    monkeypatch.setenv("XERODIARY_CODE_VALID_DAYS", "1000")
    with pytest.raises(XerodiaryError, match=r"XERODIARY_PORT.*XERODIARY_CODE_VALID_DAYS"):
        load_settings()


def test_a_refusal_never_repeats_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XERODIARY_SECRET", "hunter2")
    monkeypatch.setenv("XERODIARY_DATABASE_URL", "postgresql://diary@db:hunter2/diary")
    with pytest.raises(XerodiaryError) as refusal:
        load_settings()
    assert "hunter2" not in str(refusal.value)


def test_every_setting_describes_itself() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    url = "postgresql://owner:hunter2@host/name"
    settings = Settings(secret="s" * 32, database_url=url, database_owner_url=url)
    assert "sss" not in repr(settings)
    assert "hunter2" not in repr(settings)


def test_a_misspelt_variable_is_refused_with_the_one_that_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XERODIARY_TRUSTED_PROXYS", "1")
    with pytest.raises(XerodiaryError, match=r"XERODIARY_TRUSTED_PROXYS is no setting. XERODIARY_TRUSTED_PROXIES is."):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("HTTPS_ONLY", "yess", "It accepts true or false."),
        ("PUBLIC_URL", "diary.example", "beginning with https://"),
        ("SECRET", "short", "at least 32 characters"),
        ("LOG_LEVEL", "loud", "It accepts debug, info, warning, error."),
        ("PROXY_ADDRESSES", "loopback", "write addresses or networks with commas between"),
    ],
)
def test_a_refusal_says_what_is_accepted(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(XerodiaryError) as refusal:
        load_settings()
    assert told in refusal.value.message
    assert "docs/settings.md" in refusal.value.remedy
    assert not {"pattern", "Input", "validation"} & set(refusal.value.message.split())


def test_what_follows_from_a_setting_at_fault_is_not_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XERODIARY_HTTPS_ONLY", "yess")
    with pytest.raises(XerodiaryError) as refusal:
        load_settings()
    assert "SECOND_FACTOR" not in refusal.value.message
