"""Scores worked out by hand, and what happens when answers are missing."""

from decimal import Decimal

import pytest

from diary_app.core.entries import Answer, Skip
from diary_app.core.scoring import AnswerImpossible, score
from diary_app.resources import instrument

EVENING: dict[str, Answer] = {"DMD01": 7, "DMD02": 5, "DMD03": 4, "DMD04": 6, "DMD05": 3, "DMD06": 2}


def value(code: str, of: str, answers: dict[str, Answer]) -> Decimal | None:
    return score(instrument(of, "1.0"), answers)[code].value


def numbered(prefix: str, *values: int) -> dict[str, Answer]:
    return {f"{prefix}{number:02d}": given for number, given in enumerate(values, 1)}


def test_the_main_daily_measure_is_dryness_today_alone() -> None:
    assert value("DMDDRY", "DMD", EVENING) == 7


def test_the_main_measure_is_missing_when_its_item_is_skipped() -> None:
    assert value("DMDDRY", "DMD", {**EVENING, "DMD01": Skip.PREFER_NOT}) is None


def test_the_diary_total_is_the_mean_of_five_times_ten() -> None:
    assert value("DMDTOT", "DMD", EVENING) == 50  # (7 + 5 + 4 + 6 + 3) / 5 * 10


def test_four_of_five_answers_are_enough_for_the_diary_total() -> None:
    result = score(instrument("DMD", "1.0"), {**EVENING, "DMD04": Skip.NOT_APPLICABLE})["DMDTOT"]
    assert result.value == Decimal("47.5")  # (7 + 5 + 4 + 3) / 4 * 10
    assert (result.answered, result.of) == (4, 5)


def test_three_of_five_answers_give_no_diary_total() -> None:
    answers = {**EVENING, "DMD04": Skip.NOT_APPLICABLE, "DMD05": Skip.NOT_APPLICABLE}
    assert value("DMDTOT", "DMD", answers) is None


def test_the_count_of_sips_is_in_no_score() -> None:
    few, many = ({**EVENING, "DMD06": sips} for sips in (0, 4))
    assert score(instrument("DMD", "1.0"), few) == score(instrument("DMD", "1.0"), many)


def test_the_diary_total_is_labelled_exploratory_and_the_main_measure_is_not() -> None:
    results = score(instrument("DMD", "1.0"), EVENING)
    assert results["DMDTOT"].exploratory
    assert not results["DMDDRY"].exploratory


def test_a_result_names_its_scoring_version() -> None:
    assert score(instrument("DMD", "1.0"), EVENING)["DMDTOT"].scoring_version == "1"


def test_xq_is_the_sum_scaled_to_a_hundred() -> None:
    assert value("XQTOT", "XQ", numbered("XQ", 5, 3, 4, 8, 9, 6, 2, 3)) == 50  # 40 of 80


def test_xq_with_six_answers_is_scaled_up() -> None:
    assert value("XQTOT", "XQ", numbered("XQ", 5, 3, 4, 8, 9, 6)) == Decimal("58.3333")  # 35 of 60


def test_xq_with_five_answers_is_missing() -> None:
    assert value("XQTOT", "XQ", numbered("XQ", 5, 3, 4, 8, 9)) is None


def test_xi_is_the_plain_sum_of_eleven() -> None:
    assert value("XITOT", "XI", numbered("XI", 1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 3)) == 33


def test_xi_with_one_answer_missing_is_missing() -> None:
    assert value("XITOT", "XI", numbered("XI", 1, 2, 3, 4, 5, 1, 2, 3, 4, 5)) is None


def test_sxi_is_the_plain_sum_of_five() -> None:
    assert value("SXITOT", "SXI5", numbered("SXI", 1, 2, 3, 3, 2)) == 11


def test_sxi_with_one_answer_missing_is_missing() -> None:
    assert value("SXITOT", "SXI5", numbered("SXI", 1, 2, 3, 3)) is None


def test_each_visual_scale_is_scored_by_itself() -> None:
    results = score(instrument("VAS", "1.0"), {"VAS01": 64, "VAS08": 0})
    assert (results["VASSPK"].value, results["VASTHI"].value, results["VASLIP"].value) == (64, 0, None)


def test_grix_subscales_run_from_nought_to_a_hundred() -> None:
    results = score(instrument("GRIX", "1.0"), numbered("GRIX", 2, 2, 3, 4, 1, 3, 1, 1, 1, 4, 4, 4, 2, 3))
    by_code = {code: result.value for code, result in results.items()}
    # day (15/6 - 1)/3, night (1 - 1)/3, sticky day (4 - 1)/3, sticky night (2.5 - 1)/3
    assert by_code == {"GRIXXD": 50, "GRIXXN": 0, "GRIXSD": 100, "GRIXSN": 50}


@pytest.mark.parametrize(("answered", "expected"), [(3, Decimal("33.3333")), (2, None)])
def test_half_of_a_grix_subscale_must_be_answered(answered: int, expected: Decimal | None) -> None:
    assert value("GRIXXD", "GRIX", numbered("GRIX", *[2] * answered)) == expected


@pytest.mark.parametrize(("answer", "expected"), [(1, "0"), (2, "33.3333"), (3, "66.6667"), (4, "100")])
def test_hn35_dry_mouth_is_item_41_and_sticky_saliva_item_42(answer: int, expected: str) -> None:
    results = score(instrument("QLQHN35", "1.0"), {"HN41": answer, "HN42": 5 - answer})
    assert results["HNDR"].value == Decimal(expected)
    assert results["HNSS"].value is not None
    assert results["HNDR"].value + results["HNSS"].value == 100


def test_hn35_single_item_that_is_missing_stays_missing() -> None:
    assert value("HNDR", "QLQHN35", {"HN41": Skip.PREFER_NOT, "HN42": 1}) is None


def test_hn35_scales_need_half_of_their_items() -> None:
    results = score(instrument("QLQHN35", "1.0"), {"HN31": 1, "HN32": 4, "HN35": 2, "HN61": 2})
    assert (results["HNPA"].value, results["HNSW"].value, results["HNPK"].value) == (50, None, 100)


def test_ohip_is_the_sum_of_fourteen_and_of_two_by_domain() -> None:
    results = score(instrument("OHIP14", "1.0"), numbered("OHIP", 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3))
    assert results["OHIPTOT"].value == 26
    assert [results[f"OHIPD{domain}"].value for domain in range(1, 8)] == [1, 5, 4, 3, 7, 1, 5]


def test_ohip_with_one_answer_missing_has_no_total() -> None:
    assert value("OHIPTOT", "OHIP14", numbered("OHIP", *[4] * 13)) is None


def test_an_answer_that_does_not_exist_is_refused() -> None:
    with pytest.raises(AnswerImpossible, match="DMD06 has no answer 5"):
        score(instrument("DMD", "1.0"), {**EVENING, "DMD06": 5})


def test_an_item_of_another_instrument_is_refused() -> None:
    with pytest.raises(AnswerImpossible, match="has no item XQ01"):
        score(instrument("DMD", "1.0"), {"XQ01": 3})


def test_scores_are_written_without_exponent_or_trailing_zeros() -> None:
    assert str(value("DMDTOT", "DMD", numbered("DMD", 10, 10, 10, 10, 10))) == "100"
