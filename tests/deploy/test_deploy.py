"""The examples that hospitals start from name settings and commands that exist, and leave nothing open."""

import re
import ssl
from pathlib import Path

import pytest

from diary_app.core.errors import Code
from diary_app.core.rescue import MAX_FILE_BYTES
from diary_app.core.wire import ErrorAnswer
from scripts.settings_reference import PAGE, page
from server.commands.serve import LAST_REQUESTS_SECONDS
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


def test_the_proxy_offers_strong_ciphers_alone() -> None:
    """Caddy needs no word for it; nginx would offer whatever its library calls high."""
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    named = re.search(r"ssl_ciphers (\S+);", text)
    assert named is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(named[1])
    offered = {one["name"]: one for one in context.get_ciphers()}
    assert set(named[1].split(":")) <= set(offered), "each is known"
    assert [name for name, one in offered.items() if not one["aead"]] == []
    assert [name for name, one in offered.items() if one["kea"] not in ("kx-ecdhe", "kx-any")] == []
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in text


def test_nginx_of_debian_stable_can_read_its_example() -> None:
    """Debian 12 has nginx 1.22, which knows `http2` only as a word of `listen`."""
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert "http2 on" not in text
    assert text.count(" ssl http2;") == 2


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_a_whole_rescue_file_comes_through(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    limit = re.search(r"(?:client_max_body_size|max_size) (\d+)(?:m;|MB)", text)
    assert limit is not None
    assert int(limit[1]) * 1_000_000 > MAX_FILE_BYTES + 4096


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_what_a_proxy_says_to_phones_is_an_answer_of_the_protocol(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    said = [ErrorAnswer.model_validate_json(answer) for answer in re.findall(r"\{\"code\".*?\}", text)]
    assert sorted(answer.code for answer in said) == [Code.BODY_TOO_LARGE, Code.SERVER_BUSY]
    assert {answer.retry_after for answer in said if answer.code == Code.SERVER_BUSY} == {5}


def test_proxies_note_no_address_of_a_page() -> None:
    nginx = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    servers = re.findall(r"^server \{$.*?^\}$", nginx, re.MULTILINE | re.DOTALL)
    assert len(servers) == 2
    for server in servers:
        assert "access_log off;" in server
        assert re.search(r"error_log \S+ crit;", server)
    caddy = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    assert "request delete" in caddy
    assert "output discard" in caddy


def test_a_container_reads_the_same_settings_as_a_service() -> None:
    """Whatever the example file names is where the image has it, as the file goes before the image."""
    container = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    example = directives("xerodiary.env.example")
    for name in ("XERODIARY_VAR_FOLDER", "XERODIARY_WEB_FOLDER", "XERODIARY_BACKUP_FOLDER"):
        assert f"{name}={example[name]}" in container
    assert f"--out {example['XERODIARY_WEB_FOLDER']}" in container


def test_both_ways_to_run_it_leave_time_for_the_last_requests() -> None:
    container = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    grace = re.search(r"--stop-timeout (\d+)", container)
    assert grace is not None
    assert int(grace[1]) > LAST_REQUESTS_SECONDS
    assert int(directives("xerodiary.service")["TimeoutStopSec"]) > LAST_REQUESTS_SECONDS
