"""A real server at its most talkative, asked all kinds of things: its log names nobody and gives nothing away."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from diary_app.core.environment import SystemEnvironment
from diary_app.core.wire import ENROL_PATH, SYNC_PATH
from server.access.roles import Role
from server.services import open_services
from server.settings import Settings
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.server.handset import Handset, add, ready
from tests.server.serving import PATIENCE, Serving, free_port, run, start

STAFF, NAME = "carol@example.org", "Carol Holm"
PHONE, ADDRESS = "+45 12 34 56 78", "alice@example.org"
WRONG, NEARLY = "open sesame please", "7K2M-9QRS-TX40"
METRICS = "watch-me-0123456789"
#: Drawn anew in every run; once in some thousands, one reads as if it held a participant's id.
REQUEST_ID = re.compile(r'(?<="request": ")[0-9a-f-]{36}(?=")')


@pytest.fixture
def database_url(migrated_sqlite: str) -> str:
    """What is logged does not depend on the database."""
    return migrated_sqlite


@pytest.fixture
def alice(settings: Settings) -> Handset:
    services = open_services(settings, SystemEnvironment())
    staged.account(services, STAFF, (Role.COORDINATOR, "copenhagen"), display=NAME)
    handset = ready(services, ALICE)
    services.close()
    return handset


@pytest.fixture
def code(settings: Settings, alice: Handset) -> str:
    """For Bob's phone."""
    services = open_services(settings, SystemEnvironment())
    made = add(services, BOB)
    services.close()
    return made


@pytest.fixture
def serving(settings: Settings, alice: Handset, code: str, tmp_path: Path) -> Iterator[Serving]:
    more = {"LOG_LEVEL": "debug", "METRICS_TOKEN": METRICS, "BACKUP_FOLDER": tmp_path / "backups"}
    made = start(settings, **more)
    yield made
    made.kill()


def as_phones(client: httpx.Client, alice: Handset, code: str) -> None:
    """A sync, one with a wrong token, what is no request at all, and enrolments with right, wrong and used codes."""
    bob = Handset(alice.services, "bob")
    alice.record("app_event", what=ADDRESS)
    body = alice.request().model_dump_json()
    for token in (alice.token, bob.token):
        client.post(SYNC_PATH, content=body, headers={"Authorization": f"Bearer {token}"})
    client.post(SYNC_PATH, content=body[:-20], headers={"Authorization": f"Bearer {alice.token}"})
    client.post(SYNC_PATH, content=b"\x1f\x8b broken", headers={"Content-Encoding": "gzip"})
    for typed in (code, NEARLY, code):
        client.post(ENROL_PATH, content=bob.enrol_request(typed).model_dump_json())
    client.post(ENROL_PATH, content=f'{{"code": "{PHONE}"}}')


def as_staff(client: httpx.Client) -> None:
    """Log-ins that work and do not, pages with people in their address, a form without its secret."""
    for password in (WRONG, staged.PASSWORD):
        client.post("/console/login", data={"username": STAFF, "password": password})
    for page in ("/console/", f"/console/?search={ADDRESS}", f"/console/{ALICE}", f"/nowhere/{PHONE}"):
        client.get(page)
    client.post("/console/rescue", data={"csrf": "0" * 32}, files={"file": ("x.rescue", ADDRESS.encode())})
    client.get("/metrics", headers={"Authorization": f"Bearer {METRICS}"})
    client.get("/metrics", headers={"Authorization": f"Bearer {WRONG}"})


def test_nothing_that_must_stay_secret_is_logged(
    settings: Settings, alice: Handset, code: str, serving: Serving
) -> None:
    with httpx.Client(base_url=serving.url, timeout=PATIENCE, follow_redirects=True) as client:
        as_phones(client, alice, code)
        as_staff(client)
        cookies = [value for cookie in client.cookies.jar if (value := cookie.value)]
    assert serving.end() == 0
    said = REQUEST_ID.sub("", serving.said.read_text())
    assert said.count(serving.url) == 1  # where it listens; whoever asks has the same address here
    said = said.replace(serving.url, "")
    events = [json.loads(line)["event"] for line in said.splitlines()]
    assert events.count("answered") >= 14
    assert "backup_made" in events
    assert cookies
    secret = settings.var_folder.joinpath("secret").read_text()
    names = [STAFF, NAME, ADDRESS, PHONE, PHONE.replace(" ", ""), ALICE, BOB, "127.0.0.1"]
    keys = [alice.token, alice.token_sha256, code, NEARLY, WRONG, staged.PASSWORD, METRICS, secret, *cookies]
    assert [word for word in (*names, *keys) if word in said] == []


def test_a_start_that_fails_does_not_show_the_password(settings: Settings) -> None:
    process, said = run(
        settings, "serve", PORT=free_port(), DATABASE_URL="postgresql://diary:hunter2@127.0.0.1:1/diary"
    )
    assert process.wait(PATIENCE) != 0
    assert "hunter2" not in said.read_text()
    assert "database_unavailable" in said.read_text()
