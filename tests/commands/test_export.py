"""`xerodiary export` and `xerodiary verify BUNDLE` at a terminal."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from diary_app.core.errors import CommandRefused
from server.commands.export import moment_of
from tests.commands.conftest import Run, refusal


def test_a_study_that_began_this_minute_has_nothing_to_cut_yet(run: Run, tmp_path: Path) -> None:
    assert refusal(run("export", str(tmp_path / "bundle"))).code == "cut_before_study"
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize("moment", ["2999-01-01", "2999-01-01T12:00+01:00"])
def test_a_cut_in_the_future_is_refused(run: Run, moment: str) -> None:
    assert refusal(run("export", "bundle", "--cut", "final", "--cutoff", moment)).code == "cut_in_future"


@pytest.mark.parametrize("moment", ["yesterday", "2026-02-30", "2026-11-01T12:00", ""])
def test_what_is_no_moment_is_refused(run: Run, moment: str) -> None:
    assert refusal(run("export", "bundle", "--cutoff", moment)).code == "request_invalid"


def test_a_date_means_its_end_and_a_moment_its_offset() -> None:
    assert moment_of("2026-11-01") == datetime(2026, 11, 1, 23, 59, 59, 999000, UTC)
    assert moment_of("2026-11-01T12:00+01:00") == datetime(2026, 11, 1, 11, tzinfo=UTC)
    with pytest.raises(CommandRefused):
        moment_of("2026-11-01T12:00")


def test_a_test_transfer_is_made_before_the_first_participant_and_can_be_checked(run: Run, tmp_path: Path) -> None:
    made = run("export", "bundle", "--test", "--cut", "final")
    assert made.exit_code == 0, made.output
    assert "12 participants" in made.output
    sound = run("verify", "bundle")
    assert (sound.exit_code, "Everything that can be checked holds." in sound.output) == (0, True)
    assert "Open: manifest.json: nothing was given to hold it against" in " ".join(sound.output.split())
    sha256 = sound.output.split()[-1].rstrip(".")
    held = run("verify", "bundle", "--manifest", sha256)
    assert (held.exit_code, "Everything holds." in held.output) == (0, True)
    assert f"--manifest {sha256}" in " ".join(made.output.split())
    assert refusal(run("verify", "bundle", "--manifest", "0" * 64)).code == "bundle_broken"
    noted = run("trail", "--kind", "extract_made")
    assert sha256 in noted.output
    assert not list((tmp_path / "var").glob(".test*"))
    (tmp_path / "bundle" / "trail" / "chain.csv").write_text("")
    broken = run("verify", "bundle")
    assert refusal(broken).code == "bundle_broken"
    assert "trail/chain.csv was changed" in broken.output


def test_what_is_no_bundle_is_said(run: Run, tmp_path: Path) -> None:
    assert refusal(run("verify", str(tmp_path / "nowhere"))).code == "not_found"


def test_a_server_is_made_from_one_source_and_not_from_two(run: Run) -> None:
    assert refusal(run("restore")).code == "request_invalid"
    assert refusal(run("restore", "file.zip", "--from-bundle", "bundle")).code == "request_invalid"
    assert refusal(run("restore", "--from-bundle", "bundle")).code == "bundle_broken"
