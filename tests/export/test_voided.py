"""What the reviewer's note says of a voided entry, held against every file of the bundle."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from server.export.bundle import make_bundle
from server.export.content import CutKind
from server.export.reviewers_note import NOTE
from server.export.wanted import Wanted
from server.simulate.environment import SimulatedEnvironment
from tests.export.fhir.eventful import Staged, eventful_on


@pytest.fixture(params=["sqlite"])
def staged(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Staged]:
    with eventful_on(request, tmp_path) as found:
        yield found


def test_a_voided_entry_is_where_the_note_says(staged: Staged, tmp_path: Path) -> None:
    clock = staged.services.environment
    assert isinstance(clock, SimulatedEnvironment)
    at = clock.now()
    clock.move_to(at + timedelta(hours=1))
    folder = make_bundle(staged.services, tmp_path / "bundle", Wanted(CutKind.FINAL, at), author="somebody").folder
    note = " ".join((folder / NOTE).read_text(encoding="utf-8").split())
    assert "A voided entry is in no row of CSV, SDTM and ADaM" in note
    assert "ODM and the trail keep its answers and say that it was removed; FHIR says that it was entered in" in note
    gone = staged.ids["voided"].encode()
    there = {
        name: any(gone in file.read_bytes() for file in (folder / name).iterdir())
        for name in ("csv", "sdtm", "adam", "odm", "trail", "fhir")
    }
    assert there == {"csv": False, "sdtm": False, "adam": False, "odm": True, "trail": True, "fhir": True}
