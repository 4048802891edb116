"""Writes docs/asvs.md from docs/asvs.csv: `python scripts/asvs.py`. A test compares.

One row for each requirement of OWASP ASVS 4.0.3 up to level 2: what it asks for in our own words, whether it is met,
and by what. The numbers are theirs, the sentences are not.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA, PAGE = ROOT / "docs/asvs.csv", ROOT / "docs/asvs.md"
CHAPTERS = (
    "Architecture", "Proving who one is", "Sessions", "Access", "Input and output", "Stored cryptography",
    "Errors and logs", "Data protection", "Communication", "Malicious code", "Business logic", "Files", "Interfaces",
    "Configuration",
)  # fmt: skip
RULE = "|---|---|---|---|---|"
HEAD = """# OWASP ASVS 4.0.3, levels 1 and 2

Written by `scripts/asvs.py` from `docs/asvs.csv`. The numbers are those of the standard, which has the full wording;
what each asks for is told here in a few words of our own. Evidence is a test where there is one, else the module that
does it. A test checks that no number is missing and that all evidence exists; whether it convinces, a person judges.

"""


@dataclass(frozen=True)
class Requirement:
    """One row. `evidence`: tests as file::test, and files."""

    number: str
    level: str
    asks: str
    verdict: str
    evidence: tuple[str, ...]
    reason: str

    @property
    def chapter(self) -> int:
        """From 1 to 14."""
        return int(self.number.partition(".")[0])


def read() -> tuple[Requirement, ...]:
    """Every row, in the order of the file."""
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        Requirement(
            row["number"], row["level"], row["asks"], row["verdict"],
            tuple(filter(None, row["evidence"].split(";"))), row["reason"],
        )
        for row in rows
    )  # fmt: skip


def page() -> str:
    """The whole page."""
    rows = read()
    counted = Counter(row.verdict for row in rows)
    told = ", ".join(f"{verdict} {number}" for verdict, number in counted.most_common())
    parts = [f"{HEAD}Of {len(rows)} requirements: {told}.\n"]
    parts += [_chapter(number, list(some)) for number, some in groupby(rows, lambda row: row.chapter)]
    return "\n".join(parts)


def _chapter(number: int, rows: Sequence[Requirement]) -> str:
    lines = [f"| {row.number} | {row.level} | {row.asks} | {row.verdict} | {_evidence(row)} |" for row in rows]
    head = [f"## V{number} {CHAPTERS[number - 1]}", "", "| number | level | asks for | verdict | evidence |", RULE]
    return "\n".join([*head, *lines, ""])


def _evidence(row: Requirement) -> str:
    named = ", ".join(f"`{one}`" for one in row.evidence)
    return " ".join(filter(None, (f"{named}." if named else "", row.reason)))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
