"""The walk through a scratch study: every step is taken, and a fault shows in its step."""

import asyncio
from pathlib import Path

import pytest

from diary_app.core.errors import Code, CommandRefused
from server.bench.processes import free_port
from server.qualify.finding import Verdict, failed
from server.qualify.operation import STEPS, operation, walked


def test_every_step_passes_on_either_database(empty_database_url: str) -> None:
    found = operation(empty_database_url)
    assert [(one.name, one.seen) for one in failed(found)] == []
    assert {one.verdict for one in found} == {Verdict.PASSED}
    assert len(found) > len(STEPS)


def test_reminders_that_nobody_takes_are_seen(tmp_path: Path) -> None:
    found = asyncio.run(walked(f"sqlite:///{tmp_path}/scratch.sqlite", tmp_path, free_port()))
    (reminders,) = failed(found)
    assert (reminders.name, reminders.expected) == (
        "reminders: sent by mail, each with its receipt", "email SINK, email SINK, email SINK",
    )  # fmt: skip


def test_after_a_step_that_cannot_be_taken_the_others_are_not_reached(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle/in the way").touch()
    found = asyncio.run(walked(f"sqlite:///{tmp_path}/scratch.sqlite", tmp_path, free_port()))
    assert [one.name for one in failed(found)][-1] == "export"
    assert (found[-1].name, found[-1].verdict, found[-1].seen) == ("backup and restore", Verdict.OPEN, "not reached")


def test_a_database_that_holds_anything_is_not_walked_in(database_url: str) -> None:
    with pytest.raises(CommandRefused) as refused:
        operation(database_url)
    assert refused.value.code is Code.DATABASE_NOT_EMPTY
