"""The command line as somebody at a terminal meets it: what works, and what is said when it does not."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.commands.conftest import refusal
from tests.licensed import MARK, active_text, install


def test_a_participant_is_added_and_gets_a_code(run) -> None:
    result = run("participant", "add", "001", "--site", "copenhagen")
    assert result.exit_code == 0
    assert re.search(r"Enrolment code: [0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", result.output)
    assert "01-001" in run("participant", "list").output


def test_another_code_is_for_a_lent_phone_as_the_one_that_waits_unless_somebody_says_otherwise(run) -> None:
    said = "It is for a phone that the site lends out."
    run("participant", "add", "001", "--site", "copenhagen", "--lent")
    assert said in run("participant", "code", "01-001").output
    assert said not in run("participant", "code", "01-001", "--own").output
    assert said not in run("participant", "code", "01-001").output
    assert said in run("participant", "code", "01-001", "--lent").output


def test_the_same_participant_twice_is_refused(run) -> None:
    run("participant", "add", "001", "--site", "copenhagen")
    assert refusal(run("participant", "add", "001", "--site", "copenhagen")).code == "already_exists"


def test_a_number_that_is_none_is_refused_with_a_remedy(run) -> None:
    error = refusal(run("participant", "add", "Alice", "--site", "copenhagen"))
    assert (error.code, bool(error.remedy)) == ("fact_invalid", True)


def test_an_unknown_site_names_the_sites(run) -> None:
    assert "copenhagen" in refusal(run("participant", "add", "001", "--site", "aarhus")).remedy


def test_an_unknown_participant_is_told_and_nothing_is_recorded(run) -> None:
    assert refusal(run("participant", "code", "01-999")).code == "not_found"
    assert "01-999" not in run("participant", "list").output


def test_a_treatment_date_is_recorded(run) -> None:
    run("participant", "add", "001", "--site", "copenhagen")
    assert run("participant", "treatment", "01-001", "treatment_1", "2026-12-01", "--time", "10:30").exit_code == 0


def test_the_time_of_a_planned_treatment_is_kept(run) -> None:
    run("participant", "add", "001", "--site", "copenhagen")
    planned = ("participant", "treatment", "01-001", "treatment_1", "2026-12-01", "--planned", "--time", "10:30")
    assert run(*planned).exit_code == 0
    found = run("trail", "--participant", "01-001", "--kind", "anchor", "--format", "csv").output
    assert "actual_time" in found
    assert "10:30" in found


def test_a_treatment_that_was_given_is_moved_with_a_reason(run) -> None:
    run("participant", "add", "001", "--site", "copenhagen")
    moved = ("participant", "treatment", "01-001", "treatment_1", "2026-12-02")
    run("participant", "treatment", "01-001", "treatment_1", "2026-12-01", "--time", "10:30")
    assert "Say why" in refusal(run(*moved)).remedy
    assert run(*moved, "--reason", "typed_wrong").exit_code == 0


def test_a_treatment_time_that_is_none_is_refused(run) -> None:
    run("participant", "add", "001", "--site", "copenhagen")
    error = refusal(run("participant", "treatment", "01-001", "treatment_1", "2026-12-01", "--time", "25:00"))
    assert error.code == "fact_invalid"


def test_a_death_is_recorded_without_a_reason_and_never_before_it_happened(run) -> None:
    run("participant", "add", "001", "--site", "copenhagen")
    today = datetime.now(ZoneInfo("Europe/Copenhagen")).date()
    next_month = str(today + timedelta(days=30))
    assert refusal(run("participant", "status", "01-001", "died", next_month)).code == "fact_invalid"
    assert run("participant", "status", "01-001", "died", str(today)).exit_code == 0


def test_a_member_of_staff_is_added_without_showing_the_password(run) -> None:
    typed = "correct horse battery\ncorrect horse battery\n"
    result = run("user", "add", "carol", "--role", "coordinator", "--site", "copenhagen", typed=typed)
    assert result.exit_code == 0
    assert "correct horse" not in result.output
    assert "coordinator at copenhagen" in run("user", "list").output


def test_an_invitation_prints_a_link_once(run) -> None:
    result = run("user", "invite", "carol", "--role", "coordinator", "--site", "copenhagen", "--name", "Carol Holm")
    assert result.exit_code == 0
    assert "Hand this over to Carol Holm, and to nobody else." in result.output
    assert re.search(r"until \w{3} \d{1,2} \w{3} (\d{4} )?\d{2}:\d{2} CES?T:\n", result.output)
    assert re.search(r"/console/join\?code=[0-9a-f]{64}", result.output)
    assert "coordinator at copenhagen" in run("user", "list").output
    assert run("user", "link", "carol").output != result.output


def test_a_link_says_the_name_of_who_has_no_password_yet_and_of_nobody_else(run) -> None:
    run("user", "invite", "carol", "--role", "coordinator", "--site", "copenhagen")
    assert "Hand this over to Carol Holm" in run("user", "link", "carol", "--name", "Carol Holm").output
    typed = "correct horse battery\ncorrect horse battery\n"
    run("user", "add", "ines", "--role", "investigator", "--site", "copenhagen", typed=typed)
    assert refusal(run("user", "link", "ines", "--name", "Somebody Else")).code == "not_allowed"


def test_a_closed_account_gets_no_link(run) -> None:
    run("user", "invite", "carol", "--role", "coordinator", "--site", "copenhagen")
    run("user", "disable", "carol")
    assert refusal(run("user", "link", "carol")).code == "not_allowed"


def test_a_second_factor_is_reset_by_name(run) -> None:
    run("user", "invite", "carol", "--role", "coordinator", "--site", "copenhagen")
    assert "forgotten" in run("user", "reset-second-factor", "carol").output
    assert refusal(run("user", "reset-second-factor", "nobody")).code == "not_found"


def test_a_role_at_a_site_that_is_none_is_refused(run) -> None:
    typed = "correct horse battery\ncorrect horse battery\n"
    error = refusal(run("user", "add", "carol", "--role", "coordinator", "--site", "aarhus", typed=typed))
    assert error.code == "not_found"
    assert "carol" not in run("user", "list").output


def test_the_shipped_study_has_no_faults(run) -> None:
    assert "no faults" in run("study", "check").output


def test_a_study_file_with_faults_names_line_and_key(run, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('[study]\nid = "Bad Id"\n')
    error = refusal(run("study", "check", "study.toml"))
    assert "study.toml:2" in str(error)
    assert "id" in str(error)


def test_a_typing_error_is_a_usage_error(run) -> None:
    assert run("participant", "ad").exit_code == 2


def test_a_setting_that_is_wrong_is_named(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XERODIARY_PORT", "many")
    assert "XERODIARY_PORT" in refusal(run("db", "upgrade")).message


def test_a_refusal_is_said_in_words_without_a_traceback(tmp_path: Path) -> None:
    import subprocess
    import sys

    command = [sys.executable, "-c", "from server.cli import main; main()", "participant", "code", "01-999"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={"PYTHONPATH": str(Path.cwd())})
    assert done.returncode == 1
    assert "[not_found]" in done.stderr
    assert "Traceback" not in done.stderr


def test_guards_are_checked_and_working_tables_rebuilt(run) -> None:
    run("participant", "add", "001", "--site", "copenhagen")
    assert run("db", "check").exit_code == 0
    assert run("db", "rebuild").exit_code == 0
    assert "01-001" in run("participant", "list").output


def test_the_secret_is_readable_by_its_owner_only(run, tmp_path: Path) -> None:
    run("db", "upgrade")
    assert (tmp_path / "var" / "secret").stat().st_mode & 0o077 == 0


def test_a_study_is_checked_with_its_licences(run, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(active_text(), encoding="utf-8")
    assert refusal(run("study", "check", "study.toml")).code == "wording_not_installed"
    install(tmp_path / "licences")
    result = run("study", "check", "study.toml", "--licences", "licences")
    assert result.exit_code == 0, result.output
    assert re.search(r'grix-1.0-da.wording.toml: wording_sha256 = "[0-9a-f]{64}"', result.output)
    assert MARK not in result.output


def test_a_licence_with_faults_is_named_with_file_line_and_key(run, tmp_path: Path) -> None:
    folder = install(tmp_path / "licences")
    (folder / "grix-1.0-da.licence.toml").write_text("[licence]\nholder = 3\n", encoding="utf-8")
    error = refusal(run("study", "check", "--licences", "licences"))
    assert error.code == "licence_invalid"
    assert "grix-1.0-da.licence.toml:2: holder" in error.message
