"""Nothing in the trail's or FHIR's files leads to a person: no contact data, no civil registration number, no words."""

import re
from pathlib import Path

import pytest

from server.db import contact_details
from server.db.engine import reading
from server.export.fhir import open_fhir
from tests.conftest import ALICE
from tests.export.fhir.eventful import EMAIL, PHONE
from tests.export.trail.conftest import Trail

#: Ids, hashes and the trial's number in the public registry, whose digits mean nobody.
OF_NOBODY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{64}\b|\bNCT\d{8}\b")
FORBIDDEN = {
    "e-mail": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "civil registration number": re.compile(r"(?<![\d.])(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d\d[- ]?\d{4}(?!\d)"),
    "phone": re.compile(r"(?<![\d.:-])(\+\d{2}[ ]?)?\d{2} ?\d{2} ?\d{2} ?\d{2}(?![\d-])"),
    "address in the network": re.compile(r"\b192\.0\.2\.\d+\b"),
}


def found(folder: Path, pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """What the pattern finds in each file, apart from what is of nobody."""
    texts = {file.name: OF_NOBODY.sub("", file.read_text(encoding="utf-8")) for file in sorted(folder.iterdir())}
    return [(name, one[0]) for name, text in texts.items() for one in pattern.finditer(text)]


@pytest.fixture(scope="module")
def folders(trail: Trail) -> list[Path]:
    fhir, *_ = trail.staged.write(open_fhir, "fhir of nobody")
    return [trail.folder, fhir]


def test_there_is_contact_data_to_be_found(trail: Trail) -> None:
    with reading(trail.staged.services.engine) as connection:
        assert {EMAIL, PHONE} <= set(contact_details.of(connection, ALICE).values())
    assert any(row["field"] == "contact.email" and row["new"] == "set" for row in trail.lines)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_that_leads_to_somebody_is_in_any_file(folders: list[Path], what: str) -> None:
    assert [found(folder, FORBIDDEN[what]) for folder in folders] == [[], []]


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("e-mail", f"x {EMAIL}"),
        ("civil registration number", '"new":"010190-1234"'),
        ("civil registration number", "0101901234"),
        ("phone", f'"{PHONE}"'),
        ("phone", "12 34 56 78"),
        ("address in the network", "192.0.2.1"),
    ],
)
def test_the_scan_finds_what_it_looks_for(tmp_path: Path, what: str, text: str) -> None:
    (tmp_path / "file").write_text(text, encoding="utf-8")
    assert found(tmp_path, FORBIDDEN[what])
