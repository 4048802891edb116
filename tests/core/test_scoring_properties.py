"""What holds for every instrument and every set of answers."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.entries import Answer, Skip
from diary_app.core.instruments import Instrument, Item, ScoreRule
from diary_app.core.scoring import score
from diary_app.resources import instruments


def possible(item: Item) -> list[int]:
    if item.kind == "choice":
        return [choice.value for choice in item.choices]
    return list(range(item.lowest, item.highest + 1))


def answers_to(instrument: Instrument) -> st.SearchStrategy[dict[str, Answer]]:
    by_item: dict[str, st.SearchStrategy[Answer]] = {
        item.code: st.one_of(st.sampled_from(possible(item)), st.sampled_from(list(Skip))) for item in instrument.items
    }
    return st.fixed_dictionaries({}, optional=by_item)


FILLED_IN = st.sampled_from(instruments()).flatmap(lambda one: st.tuples(st.just(one), answers_to(one)))


def bounds(instrument: Instrument, rule: ScoreRule) -> tuple[int, int]:
    if rule.to_range:
        return rule.to_range
    low = [min(possible(instrument.item(code))) for code in rule.items]
    high = [max(possible(instrument.item(code))) for code in rule.items]
    return (sum(low), sum(high)) if rule.method == "sum" else (min(low), max(high))


@given(FILLED_IN)
def test_every_score_stays_in_its_range(filled: tuple[Instrument, dict[str, Answer]]) -> None:
    instrument, answers = filled
    results = score(instrument, answers)
    for rule in instrument.scores:
        value, (low, high) = results[rule.code].value, bounds(instrument, rule)
        assert value is None or low <= value <= high


@given(FILLED_IN)
def test_a_score_exists_exactly_when_enough_is_answered(filled: tuple[Instrument, dict[str, Answer]]) -> None:
    instrument, answers = filled
    for rule in instrument.scores:
        result = score(instrument, answers)[rule.code]
        answered = sum(isinstance(answers.get(code), int) for code in rule.items)
        assert (result.answered, result.of) == (answered, len(rule.items))
        assert (result.value is not None) == (answered >= rule.needed)


@given(FILLED_IN, st.randoms(use_true_random=False))
def test_the_order_of_answers_plays_no_part(filled: tuple[Instrument, dict[str, Answer]], random: object) -> None:
    instrument, answers = filled
    shuffled = list(answers.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert score(instrument, dict(shuffled)) == score(instrument, answers)


@given(FILLED_IN, st.data())
def test_a_worse_answer_never_makes_a_better_score(
    filled: tuple[Instrument, dict[str, Answer]], data: st.DataObject
) -> None:
    instrument, answers = filled
    item = data.draw(st.sampled_from(instrument.items))
    better, worse = sorted(data.draw(st.lists(st.sampled_from(possible(item)), min_size=2, max_size=2)))
    low, high = (score(instrument, {**answers, item.code: answer}) for answer in (better, worse))
    for code in low:
        before, after = low[code].value, high[code].value
        assert (before is None) == (after is None)
        assert before is None or after is None or before <= after


@given(FILLED_IN)
def test_scores_are_decimals_of_at_most_four_places(filled: tuple[Instrument, dict[str, Answer]]) -> None:
    instrument, answers = filled
    for result in score(instrument, answers).values():
        if result.value is not None:
            assert isinstance(result.value, Decimal)
            assert "E" not in str(result.value)
            assert result.value == round(result.value, 4)
