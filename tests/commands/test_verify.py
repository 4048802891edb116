"""`xerodiary verify` at a terminal: what it read, and where something is wrong."""

import sqlite3
from hashlib import sha256
from pathlib import Path

from tests.commands.conftest import Run, refusal


def test_what_was_read_is_said_and_a_change_is_found(run: Run, tmp_path: Path) -> None:
    assert run("participant", "add", "001", "--site", "copenhagen").exit_code == 0
    sound = run("verify")
    assert (sound.exit_code, sound.output.splitlines()) == (
        0,
        ["0 records and 2 facts on 1 chains, 0 anchors.", "Nothing was changed, left out or cut off."],
    )
    (file,) = tmp_path.rglob("*.sqlite")
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TRIGGER participant_fact_no_update")
        guard = "CREATE TRIGGER participant_fact_no_update BEFORE UPDATE ON participant_fact "
        guard += "BEGIN SELECT RAISE(ABORT, 'update of participant_fact refused: facts are never changed'); END"
        connection.execute("UPDATE participant_fact SET author = 'somebody else'")
        connection.execute(guard)
    changed = run("verify")
    assert refusal(changed).code == "trail_broken"
    assert "participant  01-001  1   changed" in changed.output


def test_a_bundle_that_is_still_packed_or_not_there_is_not_called_broken(run: Run, tmp_path: Path) -> None:
    packed = tmp_path / "xerodiary-interim.zip"
    packed.write_bytes(b"packed")
    told = refusal(run("verify", str(packed)))
    assert told.code == "not_found"
    assert sha256(b"packed").hexdigest() in told.message
    assert "unpack the file" in told.remedy
    assert refusal(run("verify", str(tmp_path / "elsewhere"))).code == "not_found"
