"""Answers travel to a database on another machine encrypted, and to that machine alone, or the check fails."""

import pytest

from server.qualify.finding import Finding, Verdict
from server.qualify.surroundings import sane
from server.settings import Settings

WAY = "settings: way to the database"


def found(address: str) -> list[Finding]:
    return [one for one in sane(Settings(database_url=address)) if one.name == WAY]


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://x:secret@127.0.0.1/x",
        "postgresql://x@/x?host=/run/postgresql",
        "postgresql+psycopg://x@[::1]:5432/x",
        "postgresql://x:secret@db.example/x?sslmode=verify-full&sslrootcert=system",
    ],
)
def test_this_machine_and_a_verified_way_pass(address: str) -> None:
    (one,) = found(address)
    assert one.verdict is Verdict.PASSED


@pytest.mark.parametrize("said", ["", "?sslmode=require", "?sslmode=verify-ca", "?sslmode=disable"])
def test_any_other_way_to_another_machine_fails(said: str) -> None:
    (one,) = found(f"postgresql://x:secret@10.1.0.4/x{said}")
    assert (one.verdict, "verify-full" in one.remedy) == (Verdict.FAILED, True)
    assert "secret" not in f"{one}"


def test_what_is_said_to_be_guarded_otherwise_is_left_to_a_person() -> None:
    said = Settings(database_url="postgresql://x:secret@10.1.0.4/x", guarded_otherwise="database")
    (one,) = [one for one in sane(said) if one.name == WAY]
    assert (one.verdict, "guarded otherwise" in one.seen) == (Verdict.OPEN, True)


def test_a_file_travels_nowhere() -> None:
    assert found("sqlite:///x.sqlite") == []
