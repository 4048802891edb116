"""Results of a run of the tests, as pytest's own report (`--junitxml`) tells them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

#: What `tests/evidence/test_the_run.py` writes down of the run that it is a part of.
ABOUT = ("commit", "python", "sqlite", "postgresql")
PASSED, FAILED, SKIPPED, NOT_RUN = "passed", "failed", "skipped", "not run"


class ReportUnfit(Exception):
    """A report that cannot be evidence."""


@dataclass
class Results:
    """`of`: for each test how many of its cases passed, failed or were skipped. `about`: versions and commit."""

    of: dict[str, Counter[str]] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    times: list[str] = field(default_factory=list)

    def of_test(self, test: str) -> str:
        """One word: a test has failed when one of its cases has."""
        found = self.of.get(test, Counter())
        return next((word for word in (FAILED, SKIPPED, PASSED) if found[word]), NOT_RUN)

    def cases(self, test: str) -> int:
        """How many cases of it were run, with other parameters or databases."""
        return sum(self.of.get(test, Counter()).values())

    @property
    def sums(self) -> Counter[str]:
        """Cases of everything that was run."""
        return sum(self.of.values(), Counter())


def read(reports: Sequence[Path]) -> Results:
    """What the reports of one run say together; the later one counts where both tell of a test.

    Raises `ReportUnfit` for what is no report, and when none tells which commit was tested and where.
    """
    results = Results()
    for report in reports:
        found = _read(report, results)
        results.of |= found
    if missing := [name for name in ABOUT if name not in results.about]:
        raise ReportUnfit(f"No report tells {', '.join(missing)}: tests/evidence/test_the_run.py was not run.")
    return results


def _read(report: Path, results: Results) -> dict[str, Counter[str]]:
    try:
        tree = ET.parse(report)  # noqa: S314 - our own run wrote it
    except (OSError, ET.ParseError) as error:
        raise ReportUnfit(f"{report} cannot be read as a report: {error}.") from error
    results.times += [suite.get("timestamp", "") for suite in tree.iter("testsuite")]
    found: dict[str, Counter[str]] = {}
    for case in tree.iter("testcase"):
        found.setdefault(_name(case), Counter())[_outcome(case)] += 1
        about = {one.get("name", ""): one.get("value", "") for one in case.iter("property")}
        results.about |= {name: about[name] for name in ABOUT if name in about}
    return found


def _name(case: ET.Element) -> str:
    """`tests.core.test_x` and `test_y[case]` are `tests/core/test_x.py::test_y`."""
    return f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name', '').partition('[')[0]}"


def _outcome(case: ET.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return FAILED
    return SKIPPED if case.find("skipped") is not None else PASSED
