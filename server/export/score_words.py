"""How a score is made, in words, from the rule in the questionnaire's file; codes alone, no wording of a question."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from diary_app.core.instruments import Instrument, ScoreRule
from server.export.numbering import newest_last

#: Two questions are no stretch of questions.
_PAIR = 2


def words_of_scores(instruments: Iterable[Instrument]) -> Mapping[str, str]:
    """By code, over all versions: `mean of DMD01 to DMD05 x 10, at least 4 of 5 answered`.

    Where versions of the rules differ, each is told by its scoring version, the oldest first.
    """
    found: dict[str, dict[str, str]] = {}
    for instrument in newest_last(tuple(instruments)):
        for rule in instrument.scores:
            found.setdefault(rule.code, {})[instrument.scoring_version] = words_of(rule, instrument.item_codes)
    return {code: _joined(by_version) for code, by_version in found.items()}


def words_of(rule: ScoreRule, asked: Sequence[str]) -> str:
    """One rule. `asked`: codes of all questions, in the questionnaire's order."""
    items = _listed(rule.items, asked)
    if rule.method == "item":
        return f"the answer to {items}{_mapped(rule)}"
    number = len(rule.items)
    needed = f"all {number} answered" if rule.needed == number else f"at least {rule.needed} of {number} answered"
    scaled = f", scaled up to {number} questions where fewer were answered" if rule.pro_rata else ""
    return f"{rule.method} of {items}{scaled}{_mapped(rule)}, {needed}"


def _joined(by_version: Mapping[str, str]) -> str:
    told = set(by_version.values())
    return told.pop() if len(told) == 1 else "; ".join(f"version {one}: {words}" for one, words in by_version.items())


def _listed(items: Sequence[str], asked: Sequence[str]) -> str:
    first = asked.index(items[0])
    if len(items) > _PAIR and tuple(asked[first : first + len(items)]) == tuple(items):
        return f"{items[0]} to {items[-1]}"
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1])))


def _mapped(rule: ScoreRule) -> str:
    """From one range to another; by a whole number alone where that is all it is."""
    if rule.from_range is None or rule.to_range is None:
        return ""
    (low, high), (to_low, to_high) = rule.from_range, rule.to_range
    factor = Fraction(to_high - to_low, high - low)
    if low * factor == to_low and factor.denominator == 1:
        return f" x {factor}" if factor != 1 else ""
    return f", from {low} to {high} mapped linearly onto {to_low} to {to_high}"
