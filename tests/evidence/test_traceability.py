"""Every requirement leads to tests that exist, and the pages say what a run really said."""

import re
from pathlib import Path

import pytest

from scripts import validation
from scripts.evidence import pages, results
from scripts.evidence.proofs import Claim, claims, exists

ROOT = Path(__file__).parents[2]
#: As many requirements as law and guideline were broken down to.
REQUIREMENTS = [f"R{number}" for number in range(1, 46)]
KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{60,}")
SEARCHED = ("assets", "deploy", "diary_app", "docs", "requirements", "scripts", "server", "tests")

REPORT = """<testsuites><testsuite name="pytest" timestamp="2026-11-29T10:00:00.1+00:00">
<testcase classname="tests.evidence.test_the_run" name="test_it"><properties>
<property name="commit" value="abc123"/><property name="python" value="3.11.7"/>
<property name="sqlite" value="3.46"/><property name="postgresql" value="16.1"/></properties></testcase>
<testcase classname="tests.core.test_x" name="test_good[sqlite]"/>
<testcase classname="tests.core.test_x" name="test_good[postgresql]"/>
<testcase classname="tests.core.test_x" name="test_bad[sqlite]"/>
<testcase classname="tests.core.test_x" name="test_bad[postgresql]"><failure message="no"/></testcase>
<testcase classname="tests.core.test_x" name="test_left"><skipped/></testcase>
</testsuite></testsuites>"""


def read(tmp_path: Path, text: str = REPORT) -> results.Results:
    file = tmp_path / "report.xml"
    file.write_text(text)
    return results.read([file])


def claim(*names: str, missing: str = "") -> Claim:
    return Claim("R1", "It works.", "a law", tuple(f"tests/core/test_x.py::test_{name}" for name in names), missing)


def test_every_requirement_is_known_and_has_a_test_or_says_what_is_missing() -> None:
    everything = claims()
    assert [one.id for one in everything if one.is_requirement] == REQUIREMENTS
    assert [one.id for one in everything if not (one.tests or one.missing)] == []
    assert [one.id for one in everything if one.is_requirement and not one.source] == []
    assert [one.id for one in everything if len(set(one.tests)) != len(one.tests)] == []


def test_every_named_test_exists() -> None:
    named = {test for one in claims() for test in one.tests}
    assert sorted(test for test in named if not exists(test)) == []
    assert not exists("tests/evidence/test_traceability.py::test_that_nobody_wrote")
    assert not exists("tests/evidence/test_of_no_file.py::test_every_named_test_exists")


def test_everything_that_the_readme_promises_is_a_feature() -> None:
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    features = [one.says for one in claims() if not one.is_requirement]
    assert [one for one in features if one not in readme] == []
    promised = re.search(r"## For whom (.*?) ## Where next", readme)
    assert promised is not None
    left = promised[1]
    for feature in sorted(features, key=len, reverse=True):
        left = left.replace(feature, "")
    left = re.sub(r"- \*\*[^*]+\*\*:|\[|\]\([^)]*\)", "", left)
    assert set(re.findall(r"[A-Za-z]+", left)) <= {"and"}


def test_a_requirement_is_as_good_as_its_worst_test(tmp_path: Path) -> None:
    found = read(tmp_path)
    stands = {
        "proven": claim("good"),
        "proven in part": claim("good", missing="A part."),
        "failed": claim("good", "bad"),
        "not run": claim("good", "other"),
        "skipped": claim("good", "left"),
        "not proven": claim(missing="All of it."),
    }
    assert {word: pages.verdict(one, found) for word, one in stands.items()} == {word: word for word in stands}
    assert found.cases("tests/core/test_x.py::test_good") == 2


def test_the_page_says_which_run_it_tells_of(tmp_path: Path) -> None:
    page = pages.traceability([claim("good", "bad")], read(tmp_path))
    assert "Run of 2026-11-29 10:00, commit `abc123`, Python 3.11.7, SQLite 3.46, PostgreSQL 16.1" in page
    assert "4 cases passed, 1 failed, 1 were skipped" in page
    assert "| R1 | It works. | a law | **failed** |" in page
    assert "- bad: failed, 2 cases (`tests/core/test_x.py`)" in page


def test_a_report_that_does_not_say_what_was_tested_is_no_evidence(tmp_path: Path) -> None:
    with pytest.raises(results.ReportUnfit, match="commit"):
        read(tmp_path, REPORT.replace('name="commit"', 'name="other"'))
    with pytest.raises(results.ReportUnfit, match="cannot be read"):
        read(tmp_path, "no report")


def test_what_was_not_run_is_named(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)
    trouble = validation.write([tmp_path / "report.xml"], tmp_path / "pages")
    assert f"{__name__.replace('.', '/')}.py::test_every_named_test_exists: not run" in trouble
    assert sorted(file.name for file in (tmp_path / "pages").iterdir()) == [
        "README.md", "data-map.csv", "data-map.md", "traceability.csv", "traceability.md",
    ]  # fmt: skip


def test_the_pages_that_are_kept_name_every_claim_and_test() -> None:
    table = (validation.FOLDER / "traceability.csv").read_text(encoding="utf-8")
    page = (validation.FOLDER / "traceability.md").read_text(encoding="utf-8")
    for one in claims():
        assert f"| {one.id} | {one.says} |" in page, "run scripts/validation.py"
        assert [test for test in one.tests if f",{test}," not in table] == [], "run scripts/validation.py"


def test_no_private_key_lies_in_the_repository() -> None:
    files = [file for folder in SEARCHED for file in (ROOT / folder).rglob("*") if file.is_file()]
    assert len(files) > 500
    assert [file for file in files if KEY.search(file.read_bytes())] == []
    assert KEY.search(b"-----BEGIN EC PRIVATE KEY-----\n" + b"MHcCAQEEIA" * 7)
