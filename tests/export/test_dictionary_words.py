"""What the dictionary says of entries that staff typed: sheets of paper and interviews alike."""

import re

from server.export import dictionary
from server.export.dictionary import Column


def test_what_staff_typed_is_never_said_to_be_paper_alone() -> None:
    named = vars(dictionary).values()
    columns = [column for one in named if isinstance(one, tuple) for column in one if isinstance(column, Column)]
    columns += dictionary.rate_columns()
    told = [(column.name, column.meaning) for column in columns if re.search(r"\bpaper\b", column.meaning)]
    assert {"mode", "originator", "paper_reason", "app_version"} <= {name for name, _ in told}
    assert [one for one in told if "interview" not in one[1]] == []
