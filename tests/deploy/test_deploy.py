"""The examples that hospitals start from name settings and commands that exist, and leave nothing open."""

import re
from pathlib import Path

import pytest

from scripts.settings_reference import PAGE, page
from server.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(file for file in DEPLOY.iterdir() if file.is_file())
NAMES = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}


def directives(name: str) -> dict[str, str]:
    lines = (DEPLOY / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def test_the_page_of_settings_is_what_the_settings_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run scripts/settings_reference.py"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_setting_named_there_exists(file: Path) -> None:
    assert set(re.findall(rf"\b{PREFIX}[A-Z_]+", file.read_text(encoding="utf-8"))) <= NAMES


def test_the_example_settings_can_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in directives("xerodiary.env.example").items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.https_only
    assert settings.backup_folder == Path("/var/backups/xerodiary")


def test_the_service_has_no_more_rights_than_it_needs() -> None:
    unit = directives("xerodiary.service")
    assert (unit["User"], unit["CapabilityBoundingSet"], unit["NoNewPrivileges"]) == ("xerodiary", "", "yes")
    assert (unit["ProtectSystem"], unit["StateDirectoryMode"], unit["UMask"]) == ("strict", "0700", "0077")


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_proxies_show_nothing_of_the_house_and_vouch_for_addresses(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    for word in ("metrics", "house", "readyz", "X-Forwarded-For"):
        assert word in text
