"""Logs say what happened, and nothing that anybody answered, typed or proved themselves with."""

import io
import json
import logging
import subprocess
import sys
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from diary_app.core.errors import Code, RequestRefused
from server import logs
from server.db.engine import make_engine
from server.simulate.environment import SimulatedEnvironment

TOKEN = "c0ffee" * 10 + "abcd"
SECRETS = [
    "Bearer abc.def",
    TOKEN,
    "https://diary.example/app/#enrol=7K2M-9QRS-TX40",
    "7K2M-9QRS-TX40",
    "7k2m-9qrs-tx40",
    "7K2M9QRSTX40",
    "postgresql://diary:hunter2@db.example/diary",
    "alice@example.org",
    "+45 12 34 56 78",
    "010203-1234",
    "192.0.2.77",
    "2001:db8:0:1:2:3:4:5",
    '{"answers":{"H05":7}}',
]


@pytest.fixture
def stream(own_logging: None, clock: SimulatedEnvironment) -> io.StringIO:
    stream = io.StringIO()
    logs.configure("debug", clock, stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_object_with_the_time_of_the_environment(stream: io.StringIO) -> None:
    logs.logger().info("swept", days=3, seconds=0.25)
    assert lines(stream) == [
        {"at": "2026-11-22T18:00:00.000Z", "days": 3, "event": "swept", "level": "info", "seconds": 0.25}
    ]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("place", ["event", "value", "nested", "list", "library"])
def test_what_looks_like_a_secret_is_cut_out(stream: io.StringIO, secret: str, place: str) -> None:
    match place:
        case "event":
            logs.logger().info(f"seen {secret} here")
        case "value":
            logs.logger().info("seen", note=f"seen {secret} here")
        case "nested":
            logs.logger().info("seen", outer={"inner": secret})
        case "list":
            logs.logger().info("seen", several=[secret, (secret,)])
        case "library":
            logging.getLogger("some.library").warning("seen %s here", secret)
    assert secret not in stream.getvalue()
    assert secret.rsplit("=", maxsplit=1)[-1] not in stream.getvalue()
    assert logs.CUT_OUT in stream.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "password", "new_password", "token", "token_sha256", "secret", "csrf", "cookie", "Authorization", "answers",
        "text", "body", "code", "typed", "email", "phone", "username", "display_name", "nonce", "comment", "address",
    ],
)  # fmt: skip
def test_names_that_hold_secrets_are_cut_out_whatever_they_hold(stream: io.StringIO, name: str) -> None:
    logs.logger().info("seen", **{name: "plain"}, outer={name: ["plain"]})
    assert "plain" not in stream.getvalue()


@pytest.mark.parametrize(
    "harmless",
    [
        {"participant": "01-001"},
        {"route": "/api/v1/sync"},
        {"status": 200},
        {"day": "2026-11-22"},
        {"device": "7f1fd3a2-1234-4123-8123-0123456789ab"},
        {"kind": "never-heard-from"},
    ],
)
def test_what_is_needed_to_find_a_fault_stays(stream: io.StringIO, harmless: dict[str, Any]) -> None:
    logs.logger().info("seen", **harmless)
    assert harmless.items() <= lines(stream)[0].items()


def test_an_exception_is_its_type_and_places(stream: io.StringIO) -> None:
    try:
        int("H05 = 7")
    except ValueError:
        logs.logger().exception("failed")
    (line,) = lines(stream)
    assert line["error"] == "ValueError"
    assert line["places"][-1].startswith("test_logs.py:")
    assert "H05" not in stream.getvalue()


def test_a_library_exception_is_treated_alike(stream: io.StringIO) -> None:
    try:
        int("H05 = 7")
    except ValueError:
        logging.getLogger("apscheduler.executors.default").exception("Job failed")
    assert lines(stream)[0]["error"] == "ValueError"
    assert "H05" not in stream.getvalue()


def test_our_own_errors_keep_their_code(stream: io.StringIO) -> None:
    logs.logger().warning("refused", exc_info=RequestRefused(Code.CODE_EXPIRED, "7K2M-9QRS-TX40 is too old.", ""))
    assert lines(stream)[0]["error_code"] == "code_expired"
    assert "7K2M" not in stream.getvalue()


def test_unknown_objects_are_named_by_type_only(stream: io.StringIO) -> None:
    logs.logger().info("seen", thing=object(), data=b"answer", error=ValueError("answer"))
    assert lines(stream)[0]["thing"] == "<object>"
    assert "answer" not in stream.getvalue()


def test_database_errors_hide_the_values_of_statements(migrated_sqlite: str) -> None:
    engine = make_engine(migrated_sqlite)
    with pytest.raises(DBAPIError) as failure, engine.begin() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:answer)"), {"answer": "seven"})
    assert "seven" not in str(failure.value)
    engine.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_requests_are_logged_by_route_and_never_by_address(
    client: httpx.AsyncClient, app: FastAPI, stream: io.StringIO
) -> None:
    @app.get("/console/people-seen/{participant}")
    async def page(participant: str) -> str:
        return participant

    await client.get("/console/people-seen/01-001?search=alice", headers={"Authorization": f"Bearer {TOKEN}"})
    (line,) = lines(stream)
    assert line["route"] == "/console/people-seen/{participant}"
    assert (line["event"], line["status"], line["method"]) == ("answered", 200, "GET")
    assert not any(word in stream.getvalue() for word in ("01-001", "alice", TOKEN, "192.0.2.1"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_fault_and_its_request_share_an_id(
    client: httpx.AsyncClient, app: FastAPI, stream: io.StringIO
) -> None:
    @app.get("/faulty")
    async def fail() -> None:
        raise KeyError("H05")

    answer = await client.get("/faulty")
    fault, answered = lines(stream)
    assert fault["request"] == answered["request"] == answer.headers["X-Request-Id"]
    assert (fault["level"], fault["error"]) == ("error", "KeyError")
    assert "H05" not in stream.getvalue()


@pytest.mark.parametrize(("hush", "said"), [("logs.hush()", False), ("", True)])
def test_a_storm_says_nothing_of_what_its_servers_warn_of(hush: str, said: bool) -> None:
    program = f"from server import logs\n{hush}\nlogs.logger().warning('backup_failed')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ("backup_failed" in done.stderr) is said
