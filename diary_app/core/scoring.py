"""Scores, computed from answers whenever they are needed and never stored in an entry.

Exact arithmetic: sums and means are fractions, turned into decimals of at most four places at the very end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from diary_app.core.entries import Answer, Skip
from diary_app.core.instruments import Instrument, ScoreRule

_PLACES = Decimal("0.0001")
_REMEMBERED = 4096
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
    return Scorer(instrument).of(answers)


class Scorer:
    """The scores of one instrument for very many entries: what its file says is looked up once."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._accepted = {item.code: item.values for item in instrument.items}
        self._every = frozenset((item.code, value) for item in instrument.items for value in item.values)
        self._results = {rule.code: _Results(rule, instrument.scoring_version) for rule in instrument.scores}

    def of(self, answers: Mapping[str, Answer]) -> dict[str, ScoreResult]:
        """As `score`."""
        if len(answers) == len(self._accepted) and self._every.issuperset(answers.items()):  # nothing was skipped
            value_of: Callable[[str], Any] = answers.__getitem__
            return {
                code: results[sum(map(value_of, results.items_asked)), len(results.items_asked)]
                for code, results in self._results.items()
            }
        values = self._values(answers)
        found = {}
        for code, results in self._results.items():
            given = [values[item] for item in results.items_asked if item in values]
            found[code] = results[sum(given), len(given)]
        return found

    def _values(self, answers: Mapping[str, Answer]) -> dict[str, int]:
        values = {}
        for code, answer in answers.items():
            accepted = self._accepted.get(code)
            if accepted is None:
                raise AnswerImpossible(f"{self._instrument.code} {self._instrument.version} has no item {code}")
            if not isinstance(answer, Skip):
                if answer not in accepted:
                    raise AnswerImpossible(f"{code} has no answer {answer}")
                values[code] = answer
        return values


class _Results(dict[tuple[int, int], ScoreResult]):
    """One score by the sum and the number of what was answered; few sums are possible, and each is worked out once."""

    def __init__(self, rule: ScoreRule, scoring_version: str) -> None:
        super().__init__()
        self._rule, self._version = rule, scoring_version
        self.items_asked = rule.items

    def __missing__(self, given: tuple[int, int]) -> ScoreResult:
        (total, answered), rule, of = given, self._rule, len(self._rule.items)
        enough = answered >= rule.needed
        value = _value(rule.method, of, rule.from_range, rule.to_range, total, answered) if enough else None
        result = ScoreResult(rule.code, value, answered, of, self._version, rule.exploratory)
        if len(self) < _REMEMBERED:
            self[given] = result
        return result


@lru_cache(maxsize=_REMEMBERED)
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
