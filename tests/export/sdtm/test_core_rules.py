"""Rules of CDISC CORE that QS and SUPPQS meet, each written anew from its published description.

Every rule runs on real output, and on the same with a violation that it has to find. Rules that look into DM take
`dm_key` in its place.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date

import pytest

from tests.export.sdtm.staging import Row, Written

LONGEST = 40
NUMERIC = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
TEST_CODE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,7}")
COMPLETE = re.compile(r"\d{4}-\d{2}-\d{2}")
SMALL_WORDS = "a|an|the|as|and|per|to|but|or|for|in|is|of|on|with|and/or|within|from"
TITLE = re.compile(rf"\s*[A-Z]\S*\s*(({SMALL_WORDS}|([A-Z]\S*))\s*)*")
#: Those columns of SDTM 2.0 that QS has, in the order of its general classes and of findings.
MODEL_ORDER = (
    "STUDYID", "DOMAIN", "USUBJID", "QSSEQ", "QSGRPID", "QSSPID",
    "QSTESTCD", "QSTEST", "QSCAT", "QSORRES", "QSORRESU", "QSSTRESC", "QSSTRESN", "QSSTAT", "QSREASND", "QSLOBXFL",
    "VISITNUM", "VISIT", "EPOCH", "QSDTC", "QSDY", "QSEVLINT", "QSEVINTX",
)  # fmt: skip
#: Columns of the key that say when somebody's part in the trial ended.
ENDS = ("COMPLDT", "DIEDDT", "WITHDRDT")


@dataclass
class Data:
    """What a rule looks at. `labels`: of every column of QS and SUPPQS; `order`: the columns of QS as they stand."""

    qs: list[Row]
    supp: list[Row]
    key: dict[str, Row]
    labels: dict[str, str]
    columns: set[str] = field(default_factory=set)
    order: list[str] = field(default_factory=list)

    def first(self, **wanted: object) -> Row:
        """The first row of QS with these values."""
        return next(row for row in self.qs if wanted.items() <= row.items())


@pytest.fixture
def data(final: Written, key: Written) -> Data:
    heads = {name: final.head(name)["columns"] for name in ("qs", "suppqs")}
    labels = {f"{name}.{one['name']}": one["label"] for name, head in heads.items() for one in head}
    return Data(
        qs=final.rows(),
        supp=final.rows("suppqs"),
        key={row["USUBJID"]: row for row in key_rows(key)},
        labels=labels,
        columns={one["name"] for one in heads["qs"]},
        order=[one["name"] for one in heads["qs"]],
    )


def key_rows(key: Written) -> list[Row]:
    import csv

    with (key.folder / "dm_key.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


Rule = Callable[[Data], Iterator[object]]


def core_000019(data: Data) -> Iterator[object]:
    """Labels of variables have at most 40 characters."""
    yield from (name for name, label in data.labels.items() if len(label) > LONGEST)


def core_000021(data: Data) -> Iterator[object]:
    """QSSTRESC is there when QSORRES is."""
    yield from (row for row in data.qs if row["QSORRES"] and not row["QSSTRESC"])


def core_000200(data: Data) -> Iterator[object]:
    """QSORRES is there unless QSSTAT says why not; nothing in QS is derived."""
    yield from (row for row in data.qs if not row["QSSTAT"] and not row["QSORRES"])


def core_000099(data: Data) -> Iterator[object]:
    """QSSTAT is empty where there is a result."""
    yield from (row for row in data.qs if row["QSSTAT"] and row["QSORRES"])


def core_000170(data: Data) -> Iterator[object]:
    """QSLOBXFL is Y or empty."""
    yield from (row for row in data.qs if row["QSLOBXFL"] not in ("Y", ""))


def core_000199(data: Data) -> Iterator[object]:
    """QSTEST has at most 40 characters."""
    yield from (row for row in data.qs if len(row["QSTEST"]) > LONGEST)


def core_000201(data: Data) -> Iterator[object]:
    """Every subject is in DM."""
    yield from (row for row in (*data.qs, *data.supp) if row["USUBJID"] not in data.key)


def core_000203(data: Data) -> Iterator[object]:
    """IDVAR, IDVARVAL and QNAM are unique for a subject."""
    counted = Counter((row["USUBJID"], row["IDVAR"], row["IDVARVAL"], row["QNAM"]) for row in data.supp)
    yield from (one for one, number in counted.items() if number > 1)


def core_000220(data: Data) -> Iterator[object]:
    """QSTESTCD has at most 8 letters, digits and underscores, and no digit at the start."""
    yield from (row for row in data.qs if not TEST_CODE.fullmatch(row["QSTESTCD"]))


def core_000225(data: Data) -> Iterator[object]:
    """What has a reason for not being done is NOT DONE."""
    yield from (row for row in data.qs if row["QSREASND"] and row["QSSTAT"] != "NOT DONE")


def core_000302(data: Data) -> Iterator[object]:
    """QNAM and QLABEL are one to one."""
    yield from not_one_to_one(data.supp, "QNAM", "QLABEL")


def core_000303(data: Data) -> Iterator[object]:
    """QSTESTCD and QSTEST are one to one."""
    yield from not_one_to_one(data.qs, "QSTESTCD", "QSTEST")


def core_000321(data: Data) -> Iterator[object]:
    """QSDY is a column where QSDTC is one."""
    yield from {"QSDTC"} & data.columns if "QSDY" not in data.columns else ()


def core_000529(data: Data) -> Iterator[object]:
    """QSDY is what the algorithm of study days makes of QSDTC and RFSTDTC; there is no day 0."""
    for row in data.qs:
        reference = data.key[row["USUBJID"]]["RFSTDTC"]
        if row["QSDY"] is not None and row["QSDY"] != study_day(row["QSDTC"], reference):
            yield row


def core_000793(data: Data) -> Iterator[object]:
    """QSDY is a column where any QSDTC has a complete date."""
    if "QSDY" not in data.columns:
        yield from (row for row in data.qs if COMPLETE.match(row["QSDTC"]))


def core_000853(data: Data) -> Iterator[object]:
    """QSDY is there where QSDTC and RFSTDTC are."""
    yield from (row for row in data.qs if data.key[row["USUBJID"]]["RFSTDTC"] and row["QSDTC"] and row["QSDY"] is None)


def core_000542(data: Data) -> Iterator[object]:
    """A numeric QSSTRESC is the same as QSSTRESN."""
    yield from (
        row for row in data.qs if NUMERIC.fullmatch(row["QSSTRESC"]) and row["QSSTRESC"] != str(row["QSSTRESN"])
    )


def core_000732(data: Data) -> Iterator[object]:
    """QSSTRESN is empty where QSSTRESC is no number."""
    yield from (row for row in data.qs if not NUMERIC.fullmatch(row["QSSTRESC"]) and row["QSSTRESN"] is not None)


def core_000863(data: Data) -> Iterator[object]:
    """QSSTRESN is there where QSSTRESC is a number."""
    yield from (row for row in data.qs if NUMERIC.fullmatch(row["QSSTRESC"]) and row["QSSTRESN"] is None)


def core_000594(data: Data) -> Iterator[object]:
    """Labels of variables are in title case."""
    yield from (name for name, label in data.labels.items() if not TITLE.fullmatch(label))


def core_000701(data: Data) -> Iterator[object]:
    """EPOCH is there."""
    yield from (row for row in data.qs if not row.get("EPOCH"))


def core_000720(data: Data) -> Iterator[object]:
    """QSDTC is not after the end of participation."""
    for row in data.qs:
        end = max(data.key[row["USUBJID"]][name] for name in ENDS)
        if end and row["QSDTC"][: len(end)] > end:
            yield row


def core_000774(data: Data) -> Iterator[object]:
    """What is NOT DONE has a reason."""
    yield from (row for row in data.qs if row["QSSTAT"] == "NOT DONE" and not row["QSREASND"])


def core_000852(data: Data) -> Iterator[object]:
    """Columns are in the order of the model: identifiers, then those of findings, then those of timing."""
    yield from (name for name, place in zip(data.order, MODEL_ORDER, strict=True) if name != place)


def core_000867(data: Data) -> Iterator[object]:
    """No text begins with a blank."""
    yield from (row for row in (*data.qs, *data.supp) if any(str(value).startswith(" ") for value in row.values()))


def core_000915(data: Data) -> Iterator[object]:
    """One last observation before exposure for a subject, category and question."""
    flagged = (row for row in data.qs if row["QSLOBXFL"] == "Y" and row["QSSTRESC"])
    counted = Counter((row["USUBJID"], row["QSCAT"], row["QSTESTCD"]) for row in flagged)
    yield from (one for one, number in counted.items() if number > 1)


def not_one_to_one(rows: list[Row], one: str, other: str) -> Iterator[object]:
    pairs = {(row[one], row[other]) for row in rows}
    for place in (0, 1):
        yield from (name for name, number in Counter(pair[place] for pair in pairs).items() if number > 1)


def study_day(collected: str, reference: str) -> int | None:
    if not reference:
        return None
    days = (date.fromisoformat(collected[:10]) - date.fromisoformat(reference[:10])).days
    return days + 1 if days >= 0 else days


def without_study_day(data: Data) -> None:
    data.columns.discard("QSDY")


def doubled_flag(data: Data) -> None:
    row = data.first(QSLOBXFL="Y")
    data.qs.append({**row, "QSSEQ": 1})


Seed = Callable[[Data], object]
RULES: dict[str, tuple[Rule, Seed]] = {
    "000019": (core_000019, lambda data: data.labels.update({"qs.QSTEST": "X" * 41})),
    "000021": (core_000021, lambda data: data.first(QSORRES="6").update(QSSTRESC="")),
    "000099": (core_000099, lambda data: data.first(QSORRES="6").update(QSSTAT="NOT DONE")),
    "000170": (core_000170, lambda data: data.first(QSLOBXFL="Y").update(QSLOBXFL="N")),
    "000199": (core_000199, lambda data: data.qs[0].update(QSTEST="X" * 41)),
    "000200": (core_000200, lambda data: data.first(QSORRES="6").update(QSORRES="")),
    "000201": (core_000201, lambda data: data.supp[0].update(USUBJID="SOMEBODY")),
    "000203": (core_000203, lambda data: data.supp.append(dict(data.supp[0]))),
    "000220": (core_000220, lambda data: data.qs[0].update(QSTESTCD="1DMD")),
    "000225": (core_000225, lambda data: data.first(QSSTAT="NOT DONE").update(QSSTAT="NOTDONE")),
    "000302": (core_000302, lambda data: data.supp[0].update(QLABEL="Another")),
    "000303": (core_000303, lambda data: data.qs[0].update(QSTEST="Dryness Last Night")),
    "000321": (core_000321, without_study_day),
    "000529": (core_000529, lambda data: data.first(QSDY=1).update(QSDY=0)),
    "000542": (core_000542, lambda data: data.first(QSORRES="6").update(QSSTRESN=5)),
    "000594": (core_000594, lambda data: data.labels.update({"qs.QSTEST": "Question name"})),
    "000701": (core_000701, lambda data: data.qs[0].update(EPOCH="")),
    "000720": (core_000720, lambda data: data.first(USUBJID="MESRIX-MORE-02-001").update(QSDTC="2026-10-31T00:40:00")),
    "000732": (core_000732, lambda data: data.first(QSSTAT="NOT DONE").update(QSSTRESN=5)),
    "000774": (core_000774, lambda data: data.first(QSSTAT="NOT DONE").update(QSREASND="")),
    "000793": (core_000793, without_study_day),
    "000852": (core_000852, lambda data: data.order.insert(0, data.order.pop())),
    "000853": (core_000853, lambda data: data.first(QSDY=1).update(QSDY=None)),
    "000863": (core_000863, lambda data: data.first(QSORRES="6").update(QSSTRESN=None)),
    "000867": (core_000867, lambda data: data.qs[0].update(QSTEST=" Dryness")),
    "000915": (core_000915, doubled_flag),
}


@pytest.mark.parametrize("number", sorted(RULES))
def test_the_rule_finds_nothing(data: Data, number: str) -> None:
    rule, _ = RULES[number]
    assert list(rule(data)) == []


@pytest.mark.parametrize("number", sorted(RULES))
def test_the_rule_finds_a_seeded_violation(data: Data, number: str) -> None:
    rule, seed = RULES[number]
    broken = deepcopy(data)
    seed(broken)
    assert list(rule(broken)) != []


def test_the_output_has_what_the_rules_are_about(data: Data) -> None:
    assert any(row["QSLOBXFL"] for row in data.qs)
    assert any(max(row[name] for name in ENDS) for row in data.key.values())
    assert {row["QSSTAT"] for row in data.qs} == {"", "NOT DONE"}
    assert len(RULES) == 26
