"""No text keeps a regular expression busy: what it takes grows no faster than the text, counted and not timed."""

import re
from collections.abc import Callable

import pytest

from diary_app.core.study_values import safe_pattern
from server.intake.first_reading import USUAL
from tests.security.patterns import Counting, Found, TooManySteps, attacks, every_pattern, unread

#: What a hostile text of twice the length may cost for each of its letters; 2 is what a square would cost.
MOST_GROWTH = 1.4
LENGTHS = (30, 120)
PATTERNS = tuple(every_pattern())
#: These meet no text from outside: a picture that this server drew, and a file that `tomllib` has read whole before,
#: in which no quotation is left open.
OWN_TEXTS = {"<script.*?</script>", next(one.pattern for one in PATTERNS if "tomllines" in one.place)}
#: Put together at run time: of a study and of arriving entries, each with a test below, and what the builder, the
#: pictures and the storms change in files of their own.
UNREAD = {
    "server/intake/first_reading.py",
    "server/intake/staff.py",
    "diary_app/core/study.py",
    "diary_app/core/study_values.py",
    "diary_app/web/client.py",
    "scripts/screenshots_app.py",
    "server/simulate/storm/editions.py",
}


def growth(found: Found) -> tuple[float, str]:
    """The worst of all attacks, or the first that is bad enough: how much more each letter costs in a text of twice the
    length, and that text.
    """
    worst = (0.0, "")
    for attack in attacks(found.pattern, found.flags):
        worst = max(worst, _growth(found, attack))
        if worst[0] > MOST_GROWTH:
            break
    return worst


def _growth(found: Found, attack: Callable[[int], str]) -> tuple[float, str]:
    """Of a repetition with an upper bound it grows only up to there, so what grows is tried with longer texts too."""
    counting, much, text = Counting(found.pattern, found.flags), 0.0, ""
    for length in LENGTHS:
        text = attack(2 * length)
        try:
            costs = [counting.search(one, everywhere=found.searches) / len(one) for one in (attack(length), text)]
        except TooManySteps:
            return float("inf"), text
        much = costs[1] / costs[0]
        if much <= MOST_GROWTH:
            break
    return much, text


@pytest.mark.parametrize(
    "found", [one for one in PATTERNS if one.pattern not in OWN_TEXTS], ids=lambda found: found.place
)
def test_no_pattern_is_kept_busy(found: Found) -> None:
    much, text = growth(found)
    assert much <= MOST_GROWTH, f"{found.pattern!r} on {text!r}"


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|a)*b", r"\w+@", r"\s*\(at", r"(?:x*)*y", r"a.*b.*c", r"^(\d+)*z"])
def test_the_count_finds_what_is_known_to_be_bad(pattern: str) -> None:
    assert growth(Found("", pattern, 0, searches=True))[0] > MOST_GROWTH


@pytest.mark.parametrize("found", PATTERNS, ids=lambda found: found.place)
def test_the_matcher_agrees_with_the_real_one(found: Found) -> None:
    """On the very texts that are counted; a matcher that gave up early would count too little."""
    real = re.compile(found.pattern, found.flags)
    for attack in attacks(found.pattern, found.flags):
        for text in (attack(3), attack(3)[:-1], attack(3) + "x"):
            assert Counting(found.pattern, found.flags).finds(text) == bool(real.search(text)), text


def test_every_pattern_is_looked_at() -> None:
    assert len(PATTERNS) > 50
    assert unread() == UNREAD


def test_no_arriving_entry_keeps_its_reader_busy() -> None:
    much, text = growth(Found("server/intake/first_reading.py", USUAL.pattern, USUAL.flags, searches=False))
    assert much <= MOST_GROWTH, text


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "^.*$", "^[0-9]*$", "^(?:a|a){2}$", "^a{100}$", "^a?a?a?a{3}$", r"^\d{1,9}\d{1,9}\d{1,9}$"]
)
def test_a_pattern_of_a_study_cannot_keep_it_busy(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"length|write"):
        safe_pattern(pattern)


@pytest.mark.parametrize("pattern", [r"^\d{2}-\d{3}$", "^[A-Z]{1,3}[0-9]{3,4}$", "^A?[0-9]{1,99}$"])
def test_a_pattern_that_a_study_may_have_costs_little(pattern: str) -> None:
    counting = Counting(safe_pattern(pattern))
    assert max(counting.search("1" * 200, everywhere=False), counting.search("A" * 200, everywhere=False)) < 10_000
