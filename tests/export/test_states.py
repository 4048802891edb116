"""What whoever may export states alone is given: every expected day, and no answer."""

import csv
import re
from datetime import timedelta
from pathlib import Path

import pytest

from server.export.bundle import make_bundle
from server.export.checking import check
from server.export.content import CutKind
from server.export.formats import Format
from server.export.states_part import FILES, open_states
from server.export.wanted import Wanted
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.export.parts import write_part

pytestmark = pytest.mark.usefixtures("lived")


def test_every_day_is_accounted_for(services: Services, tmp_path: Path) -> None:
    said, there = write_part(open_states, services, tmp_path / "states")
    assert said["expected"] > 0
    assert said == {name: there[name] for name in said}


def test_no_answer_and_no_question_is_in_it(services: Services, clock: SimulatedEnvironment, tmp_path: Path) -> None:
    cut = clock.now()
    clock.move_to(cut + timedelta(minutes=5))
    wanted = Wanted(CutKind.FINAL, cut, frozenset({Format.STATES}))
    folder = make_bundle(services, tmp_path / "bundle", wanted, author="somebody").folder
    checked = check(folder)
    assert checked.flaws == []
    assert "10 expected days" in checked.read
    there = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert there >= {f"states/{name}" for name in FILES}
    assert not [name for name in there if name.split("/")[0] in ("csv", "sdtm", "adam", "odm", "fhir")]
    assert not [name for name in there if b"DMD0" in (folder / name).read_bytes()]
    note = (folder / "reviewers_note.html").read_text(encoding="utf-8")
    assert re.findall(r"<li><code>(\w+)</code>: ", note) == ["states"], "what is where, and nothing else"


@pytest.mark.parametrize(("is_test", "said"), [(False, "study"), (True, "TEST")])
def test_every_row_says_whether_somebody_stands_behind_it(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path, is_test: bool, said: str
) -> None:
    cut = clock.now()
    clock.move_to(cut + timedelta(minutes=5))
    formats = frozenset({Format.STATES, Format.ODM})
    wanted = Wanted(CutKind.FINAL, cut, formats, is_test=is_test)
    folder = make_bundle(services, tmp_path / "bundle", wanted, author="somebody").folder
    for name in FILES:
        with (folder / "states" / name).open(newline="") as file:
            assert {row["transfer"] for row in csv.DictReader(file)} <= {said}, name
    named = set(re.findall(r'"ST\.([A-Z-]+)"', (folder / "odm" / "odm.xml").read_text()))
    assert named == {"TEST-MESRIX-MORE" if is_test else "MESRIX-MORE"}
