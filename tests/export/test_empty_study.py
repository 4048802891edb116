"""Before the first participant a bundle is whole and says that there is nobody."""

from datetime import timedelta
from pathlib import Path

import pyreadstat
import pytest

from server.export.bundle import make_bundle
from server.export.checking import check
from server.export.content import CutKind
from server.export.wanted import Scope, Wanted
from server.services import Services
from server.simulate.environment import SimulatedEnvironment


@pytest.mark.parametrize("kind", CutKind)
def test_nobody_is_there_and_every_file_is(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path, kind: CutKind
) -> None:
    clock.move_to(clock.now() + timedelta(hours=1))
    made = make_bundle(services, tmp_path / "bundle", Wanted(kind, scope=Scope.ARCHIVE), author="somebody")
    assert check(made.folder).flaws == []
    assert made.counts["participants"] == made.counts["expected"] == 0
    assert "0 expected days" in check(made.folder).read
    read, about = pyreadstat.read_xport(made.folder / "sdtm" / "qs.xpt")
    assert (len(read), "QSTESTCD" in about.column_names) == (0, True)
    assert (made.folder / "csv" / "long.csv").read_bytes().count(b"\n") == 1
