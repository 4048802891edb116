"""Writes docs/validation/: what is promised, by which tests it is proven, how they ended, and where data lies.

    PYTEST_ADDOPTS=--junitxml=build/test.xml make test
    PYTEST_ADDOPTS=--junitxml=build/long.xml make long
    python scripts/validation.py build/test.xml build/long.xml

Without a report only the map of data is written. Exit status 1 when a named test failed or was not run.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from scripts.evidence import data_map, pages, results  # noqa: E402
from scripts.evidence.proofs import claims  # noqa: E402

FOLDER = ROOT / "docs/validation"


def write(reports: Sequence[Path], folder: Path = FOLDER) -> list[str]:
    """Write the pages; what is to be said about them. Raises `ReportUnfit`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data-map.md").write_text(data_map.page(), encoding="utf-8")
    (folder / "data-map.csv").write_text(data_map.table(), encoding="utf-8")
    if not reports:
        return []
    everything, found = claims(), results.read(reports)
    (folder / "README.md").write_text(pages.front(everything, found), encoding="utf-8")
    (folder / "traceability.md").write_text(pages.traceability(everything, found), encoding="utf-8")
    (folder / "traceability.csv").write_text(pages.table(everything, found), encoding="utf-8")
    tests = sorted({test for claim in everything for test in claim.tests})
    bad = (results.FAILED, results.SKIPPED, results.NOT_RUN)
    return [f"{test}: {outcome}" for test in tests if (outcome := found.of_test(test)) in bad]


def main() -> None:
    """See above."""
    try:
        trouble = write([Path(word) for word in sys.argv[1:]])
    except results.ReportUnfit as error:
        sys.exit(str(error))
    sys.exit("\n".join(trouble) or 0)


if __name__ == "__main__":
    main()
