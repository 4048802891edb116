"""Instruments as they ship, and what their files may not say."""

import pytest

from diary_app.core.errors import Code, FileInvalid
from diary_app.core.instruments import Instrument, LookBack, Wording, parse_instrument
from diary_app.resources import data, instrument, instruments

DMD = data("instruments/dmd-1.0.toml").decode()
GRIX = data("instruments/grix-1.0.toml").decode()
FACTS = {
    "DMD": (6, {(0, 10), (0, 4)}, {LookBack.TODAY, LookBack.LAST_NIGHT}),
    "XQ": (8, {(0, 10)}, {LookBack.NOW}),
    "XI": (11, {(1, 5)}, {LookBack.FOUR_WEEKS}),
    "SXI5": (5, {(1, 3)}, {LookBack.FOUR_WEEKS}),
    "VAS": (8, {(0, 100)}, {LookBack.NOW}),
    "GRIX": (14, {(1, 4)}, {LookBack.PAST_WEEK}),
    "QLQHN35": (35, {(1, 4), (1, 2)}, {LookBack.PAST_WEEK}),
    "OHIP14": (14, {(0, 4)}, {LookBack.TWELVE_MONTHS}),
}


def problems(text: str) -> dict[str, str]:
    with pytest.raises(FileInvalid) as caught:
        parse_instrument(text, file="instrument.toml")
    assert caught.value.code is Code.INSTRUMENT_INVALID
    return {problem.key: str(problem) for problem in caught.value.problems}


def ranges(one: Instrument) -> set[tuple[int, int]]:
    values = [[choice.value for choice in item.choices] or [item.lowest, item.highest] for item in one.items]
    return {(min(each), max(each)) for each in values}


@pytest.mark.parametrize("code", FACTS)
def test_the_structure_is_the_published_one(code: str) -> None:
    one = instrument(code, "1.0")
    assert (len(one.items), ranges(one), {item.look_back for item in one.items}) == FACTS[code]


def test_every_instrument_that_ships_is_known_here() -> None:
    assert {one.code for one in instruments()} == FACTS.keys()


def test_only_the_diary_has_wording_of_our_own() -> None:
    assert [one.code for one in instruments() if one.wording is Wording.OWN] == ["DMD"]


def test_eating_and_speaking_may_not_apply() -> None:
    assert [item.code for item in instrument("DMD", "1.0").items if item.not_applicable] == ["DMD04", "DMD05"]


def test_the_count_of_sips_has_codes_nought_to_four() -> None:
    item = instrument("DMD", "1.0").item("DMD06")
    assert [value for value in range(-1, 7) if item.accepts(value)] == [0, 1, 2, 3, 4]


def test_a_scale_accepts_its_ends_and_nothing_beyond() -> None:
    item = instrument("DMD", "1.0").item("DMD01")
    assert [value for value in range(-2, 13) if item.accepts(value)] == list(range(11))


def test_item_codes_and_score_codes_are_unique_across_instruments() -> None:
    codes = [item.code for one in instruments() for item in one.items]
    codes += [rule.code for one in instruments() for rule in one.scores]
    assert len(codes) == len(set(codes))


def test_labels_can_be_written_in_an_export() -> None:
    labels = [item.short for one in instruments() for item in one.items]
    labels += [rule.label for one in instruments() for rule in one.scores]
    labels += [one.category for one in instruments()]
    assert [label for label in labels if len(label) > 40 or not label.isascii()] == []


def test_hn35_items_keep_the_numbers_of_the_module() -> None:
    assert instrument("QLQHN35", "1.0").item_codes == tuple(f"HN{number}" for number in range(31, 66))


def test_every_hn35_item_belongs_to_exactly_one_scale() -> None:
    one = instrument("QLQHN35", "1.0")
    assert sorted(code for rule in one.scores for code in rule.items) == sorted(one.item_codes)


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("slot = 2", "slot = 1", "items.1.slot", "1 is used twice"),
        ('code = "DMD02"', 'code = "QSALL"', "items.1.code", "QSALL is reserved"),
        ('code = "DMD02"', 'code = "DMD01"', "items.1.code", "DMD01 is used twice"),
        ('code = "DMD02"', 'code = "dmd-02"', "items.1.code", "has to fit the pattern"),
        ('short = "Dryness Last Night"', 'short = "Dryness Today Since Waking"', "items.1.short", "is used twice"),
        ('short = "Dryness Last Night"', f'short = "{"x" * 41}"', "items.1.short", "at most 40"),
        ("highest = 10", "highest = 0", "items.0.highest", "the scale has no length"),
        ('low_label = "Not dry at all"', "", "items.0.low_label", "the wording is missing"),
        ("today, {weekday} {date}", "today, {weekday}", "items.0.text", "{date} is missing"),
        ("value = 1,", "value = 0,", "items.5.choices.1.value", "0 is used twice"),
        ('kind = "choice"', 'kind = "scale"', "items.5.choices", "a scale has no choices"),
        ('kind = "scale"', 'kind = "text"', "items.0.kind", "It has to be 'scale' or 'choice'"),
        ('items = ["DMD01"]', 'items = ["DMD09"]', "scores.0.items.0", "there is no item DMD09"),
        ('items = ["DMD01"]', 'items = ["DMD01", "DMD02"]', "scores.0.items", "takes exactly one item"),
        ("needed = 4", "needed = 6", "scores.1.needed", "more answers are needed than there are items"),
        ("needed = 4", "needed = 4\npro_rata = true", "scores.1.pro_rata", "only a sum can be scaled up"),
        ('method = "mean"', 'method = "sum"', "scores.1.needed", "a sum over fewer items would be too low"),
        ("from_range = [0, 10]\n", "", "scores.1.from_range", "belong together"),
        ("from_range = [0, 10]", "from_range = [10, 0]", "scores.1.from_range", "the range has no length"),
        ('code = "DMDTOT"', 'code = "DMDDRY"', "scores.1.code", "DMDDRY is used twice"),
        ('wording = "own"', 'wording = "licensed"', "items.0.text", "licensed wording must not stand in this file"),
    ],
)
def test_a_fault_in_an_instrument_names_its_key(old: str, new: str, key: str, words: str) -> None:
    assert old in DMD
    assert words in problems(DMD.replace(old, new, 1))[key]


def test_a_choice_needs_at_least_two_answers() -> None:
    text = GRIX.replace("{ value = 2 }, { value = 3 }, { value = 4 }", "", 1)
    assert "at least two answers" in problems(text)["items.0.choices"]


def test_scales_of_licensed_instruments_carry_no_end_words() -> None:
    text = data("instruments/vas-1.0.toml").decode().replace("highest = 100", 'highest = 100\nlow_label = "None"', 1)
    assert "licensed wording" in problems(text)["items.0.text"]


def test_an_instrument_is_pinned_by_the_bytes_of_its_file() -> None:
    one = parse_instrument(DMD, file="x")
    other = parse_instrument(DMD + "\n# changed\n", file="x")
    assert one.sha256 != other.sha256
