"""The list of OWASP ASVS 4.0.3, level 2, is whole, its evidence exists, and its page is what the list says."""

from collections.abc import Iterator

import pytest

from scripts.asvs import PAGE, Requirement, page, read
from tests.security.named import is_there

#: Every number that levels 1 and 2 have, as section:numbers; the others are of level 3 or were taken out.
NUMBERS = """
1.1:1-7 1.2:1-4 1.4:1,4-5 1.5:1-4 1.6:1-4 1.7:1-2 1.8:1-2 1.9:1-2 1.10:1 1.11:1-2 1.12:2 1.14:1-6 2.1:1-12 2.2:1-3
2.3:1-3 2.4:1-5 2.5:1-7 2.6:1-3 2.7:1-6 2.8:1-7 2.9:1-3 2.10:1-4 3.1:1 3.2:1-4 3.3:1-4 3.4:1-5 3.5:1-3 3.7:1
4.1:1-3,5 4.2:1-2 4.3:1-3 5.1:1-5 5.2:1-8 5.3:1-10 5.4:1-3 5.5:1-4 6.1:1-3 6.2:1-6 6.3:1-2 6.4:1-2 7.1:1-4 7.2:1-2
7.3:1,3-4 7.4:1-3 8.1:1-4 8.2:1-3 8.3:1-8 9.1:1-3 9.2:1-4 10.2:1-2 10.3:1-3 11.1:1-8 12.1:1-3 12.2:1 12.3:1-6
12.4:1-2 12.5:1-2 12.6:1 13.1:1,3-5 13.2:1-3,5-6 13.3:1-2 13.4:1-2 14.1:1-4 14.2:1-6 14.3:2-3 14.4:1-7 14.5:1-4
"""
ROWS = read()


def wanted() -> Iterator[str]:
    for words in NUMBERS.split():
        section, _, numbers = words.partition(":")
        for span in numbers.split(","):
            first, _, last = span.partition("-")
            yield from (f"{section}.{number}" for number in range(int(first), int(last or first) + 1))


def test_no_number_is_missing_and_none_stands_twice() -> None:
    assert [row.number for row in ROWS] == list(wanted())
    assert len(ROWS) == 259


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_each_verdict_has_what_it_needs(row: Requirement) -> None:
    assert row.level in ("1", "2")
    assert len(row.asks) > 10
    assert row.verdict in ("met", "not met", "not applicable")
    assert row.evidence if row.verdict == "met" else row.reason
    assert [one for one in row.evidence if not is_there(one)] == []


def test_the_page_is_what_the_list_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run scripts/asvs.py"
