"""The fingerprint of a cut is over JSON of one form for good, however quickly it is written."""

import hashlib
import json
from base64 import b64encode
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.backup.rows import Kind
from server.export.cutting import TABLES, ContentHash, CutTable

_VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    Kind.INTEGER: st.none() | st.integers(-(2**63), 2**63 - 1),
    Kind.DATE: st.none() | st.dates(date(1970, 1, 1), date(2999, 12, 31)),
    Kind.BYTES: st.binary(),
}
_TABLES = st.sampled_from(TABLES)


def rows_of(of: CutTable) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    return st.lists(st.tuples(*(_VALUES[one.kind] for one in of.shape.columns)), max_size=3)


@given(_TABLES.flatmap(lambda of: st.tuples(st.just(of), rows_of(of))))
def test_rows_are_hashed_as_json_without_white_space(drawn: tuple[CutTable, list[tuple[Any, ...]]]) -> None:
    of, rows = drawn
    content = ContentHash()
    content.begin(of)
    content.take(of, rows)
    plain = f"{of.name} {' '.join(of.canonical)}\n"
    for row in rows:
        values = dict(zip(of.names, row, strict=True))
        cells = [values[name] for name in of.canonical]
        plain += json.dumps(cells, ensure_ascii=False, separators=(",", ":"), default=_portable) + "\n"
    assert content.sha256 == hashlib.sha256(plain.encode()).hexdigest()
    assert content.rows == {of.name: len(rows)}


def _portable(value: Any) -> str:
    return b64encode(value).decode() if isinstance(value, bytes) else str(value.isoformat())
