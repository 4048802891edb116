"""The script that runs CDISC's engine over a bundle: what it hands over, and what it makes of the engine's report."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from server.export.sdtm import open_reference
from tests.export.sdtm.people import entry, evening, given, person, write

SCRIPT = Path(__file__).parents[3] / "scripts/core_check.py"
FIRST = date(2026, 10, 26)
#: Reads the same options as the engine and writes its form of report; each finding says which files were there.
ENGINE = """
import json, sys
from pathlib import Path
said = dict(zip(sys.argv[2::2], sys.argv[3::2]))
assert Path(said["--define-xml-path"]).exists() and Path(said["--cache"]).is_absolute()
seen = " ".join(sorted(file.name for file in Path(said["--data"]).glob("*." + said["--filetype"])))
issues = [{"core_id": rule, "dataset": name, "message": seen} for rule, name in json.load(open("issues.json"))]
report = {
    "Conformance_Details": {"CORE_Engine_Version": "0", "CT_Version": "sdtmct"},
    "Rules_Report": [{"status": "SUCCESS"}],
    "Issue_Details": issues,
}
Path(said["--output"] + ".json").write_text(json.dumps(report))
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    people = [person([entry(FIRST, evening(FIRST))], facts=[given("treatment_1", date(2026, 10, 27), "09:00")])]
    write(tmp_path / "bundle/sdtm", people)
    write(tmp_path / "bundle/reference", people, opener=open_reference)
    return tmp_path / "bundle"


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    schemas = tmp_path / "engine/resources/schema"
    schemas.mkdir(parents=True)
    (schemas / "dataset.schema.json").write_text(json.dumps({"required": ["columns", "rows"]}))
    (schemas / "dataset-ndjson-schema.json").write_text(json.dumps({"required": ["columns"]}))
    (tmp_path / "engine/core.py").write_text(ENGINE)
    return tmp_path / "engine"


def check(engine: Path, bundle: Path, *issues: tuple[str, str], also: Path | None = None) -> tuple[int, str]:
    """The exit code, and what was said."""
    (engine / "issues.json").write_text(json.dumps(issues))
    command: list[str | Path] = [sys.executable, SCRIPT, engine, bundle, "--python", sys.executable, "--forms", "xpt"]
    done = subprocess.run([*command, *(("--also", also) if also else ())], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_what_the_page_lists_is_known_and_all_else_is_not(engine: Path, bundle: Path) -> None:
    code, said = check(engine, bundle, ("CORE-000739", "STUDY"), ("CORE-000739", "STUDY"))
    assert (code, said.count("NEW")) == (0, 0)
    assert "known CORE-000739 STUDY x 2: qs.xpt suppqs.xpt" in said
    code, said = check(engine, bundle, ("CORE-000529", "QS"))
    assert (code, said.count("NEW   CORE-000529 QS x 1")) == (1, 2)


def test_a_dm_is_made_of_the_key_and_what_is_found_in_it_is_not_ours(
    engine: Path, bundle: Path, tmp_path: Path
) -> None:
    code, said = check(engine, bundle, ("CORE-000739", "STUDY"), ("CORE-000355", "DM"))
    assert "known CORE-000739 STUDY x 1: dm.json qs.json suppqs.json" in said
    assert (code, said.count("NEW   CORE-000355 DM")) == (1, 1)  # where no DM lies beside, it would be ours
    own = tmp_path / "own"
    own.mkdir()
    for name in ("dm", "ex"):
        (own / f"{name}.json").write_text("{}")
    _, said = check(engine, bundle, ("CORE-000355", "EX"), ("CORE-000739", "STUDY"), also=own)
    assert "STUDY x 1: dm.json ex.json qs.json suppqs.json" in said
    assert said.count("NEW   CORE-000355 EX") == 1


def test_dataset_json_that_is_not_what_it_says_is_found(engine: Path, bundle: Path) -> None:
    for name, old, new in (("qs.ndjson", '"records":', '"records":1'), ("suppqs.ndjson", '"columns"', '"kolumns"')):
        file = bundle / "sdtm" / name
        file.write_text(file.read_text().replace(old, new))
    code, said = check(engine, bundle)
    assert code == 1
    assert "Dataset-JSON: 2 findings by the published schemas" in said
    assert "qs.ndjson: rows are not 1" in said
    assert 'suppqs.ndjson: "columns" is a required property' in said


def test_an_engine_that_gets_nowhere_is_not_taken_for_a_clean_run(engine: Path, bundle: Path) -> None:
    (engine / "core.py").write_text("raise SystemExit('no such package of terms')")
    code, said = check(engine, bundle)
    assert code == 1
    assert "The engine did not get to a report" in said
    assert "no such package of terms" in said
