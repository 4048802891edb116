"""Scores, computed from answers whenever they are needed and never stored in an entry.

Exact arithmetic: sums and means are fractions, turned into decimals of at most four places at the very end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import lru_cache

from diary_app.core.entries import Answer, Skip
from diary_app.core.instruments import Instrument, ScoreRule

_PLACES = Decimal("0.0001")
_Range = tuple[int, int] | None


class AnswerImpossible(ValueError):
    """An answer that the instrument does not have; the gate refuses such entries, so none should come this far."""


@dataclass(frozen=True)
class ScoreResult:
    """One score. `value` is None when too few items were answered; `answered` of `of` items had a value."""

    code: str
    value: Decimal | None
    answered: int
    of: int
    scoring_version: str
    exploratory: bool


def score(instrument: Instrument, answers: Mapping[str, Answer]) -> dict[str, ScoreResult]:
    """Every score of the instrument, by code. Skipped, not applicable and absent items count as unanswered.

    Raises `AnswerImpossible` for an unknown item or a value that the item does not have.
    """
    values = _values(instrument, answers)
    return {rule.code: _result(rule, values, instrument.scoring_version) for rule in instrument.scores}


def _values(instrument: Instrument, answers: Mapping[str, Answer]) -> dict[str, int]:
    items = {item.code: item for item in instrument.items}
    values = {}
    for code, answer in answers.items():
        if code not in items:
            raise AnswerImpossible(f"{instrument.code} {instrument.version} has no item {code}")
        if isinstance(answer, Skip):
            continue
        if not items[code].accepts(answer):
            raise AnswerImpossible(f"{code} has no answer {answer}")
        values[code] = answer
    return values


def _result(rule: ScoreRule, values: Mapping[str, int], scoring_version: str) -> ScoreResult:
    given = [values[code] for code in rule.items if code in values]
    enough = len(given) >= rule.needed
    value = _value(rule.method, len(rule.items), rule.from_range, rule.to_range, sum(given), len(given))
    return ScoreResult(
        rule.code, value if enough else None, len(given), len(rule.items), scoring_version, rule.exploratory
    )


@lru_cache(maxsize=4096)  # few sums are possible, and an export asks for each of them a thousand times
def _value(method: str, of: int, from_range: _Range, to_range: _Range, total: int, answered: int) -> Decimal | None:
    if not answered:
        return None
    return _decimal(_mapped(from_range, to_range, _combined(method, of, total, answered)))


def _combined(method: str, of: int, total: int, answered: int) -> Fraction:
    """A sum over fewer items is scaled up; one item is the mean of itself."""
    return Fraction(total * of, answered) if method == "sum" else Fraction(total, answered)


def _mapped(from_range: _Range, to_range: _Range, raw: Fraction) -> Fraction:
    if from_range is None or to_range is None:
        return raw
    (from_low, from_high), (to_low, to_high) = from_range, to_range
    return to_low + (raw - from_low) * Fraction(to_high - to_low, from_high - from_low)


def _decimal(value: Fraction) -> Decimal:
    """At most four places, half to even, without trailing zeros or exponent: 33.3333, 40, 12.5."""
    rounded = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(_PLACES, ROUND_HALF_EVEN)
    return Decimal(f"{rounded.normalize():f}")
