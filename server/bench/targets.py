"""What the figures have to reach, as `targets.toml` says it, and whether they did."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

from server.bench.figures import Figure

FILE = Path(__file__).with_name("targets.toml")


class Measure(StrEnum):
    """Which number of a figure is compared: see `targets.toml`."""

    VALUE = "value"
    RATIO = "ratio"
    OVER = "over"
    FLAT = "flat"


@dataclass(frozen=True)
class Target:
    """One line of the table. Exactly one of `at_least` and `at_most` is given."""

    what: str
    figures: str
    measure: Measure
    why: str
    bound: str
    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError(f"{self.what}: at_least or at_most")

    def of(self, figures: Sequence[Figure]) -> list[Figure]:
        """The figures it is about."""
        return [one for one in figures if fnmatchcase(one.name, self.figures)]

    def reached_by(self, number: float) -> bool:
        """Whether that is enough."""
        return number >= self.at_least if self.at_least is not None else number <= (self.at_most or 0)

    @property
    def in_words(self) -> str:
        """As a person writes it."""
        sign, number = ("≥", self.at_least) if self.at_least is not None else ("≤", self.at_most)
        return {
            Measure.VALUE: f"{sign} {number:,g}",
            Measure.RATIO: f"{sign} {number:g} of the floor",
            Measure.OVER: f"{sign} {number:,g} over the floor",
            Measure.FLAT: f"{sign} {number:g} from smallest to largest",
        }[self.measure]


@dataclass(frozen=True)
class Outcome:
    """One target on one database: the number that counts, of the figure that is farthest from it."""

    target: Target
    figure: Figure
    number: float

    @property
    def is_reached(self) -> bool:
        """Whether the target is."""
        return self.target.reached_by(self.number)

    @property
    def target_ratio(self) -> float | None:
        """Where the target lies as a multiple of the floor; None where it cannot be said so."""
        goal = self.target.at_least if self.target.at_least is not None else self.target.at_most
        assert goal is not None
        match self.target.measure:
            case Measure.RATIO:
                return goal
            case Measure.VALUE if self.figure.floor:
                return goal / self.figure.floor
            case Measure.OVER if self.figure.floor:
                return (self.figure.floor + goal) / self.figure.floor
        return None


def targets() -> list[Target]:
    """All of them, in the order of the file. Raises ValueError, TypeError for one that makes no sense."""
    with FILE.open("rb") as opened:
        read = tomllib.load(opened)
    return [Target(**{**one, "measure": Measure(one["measure"])}) for one in read["target"]]


def outcomes(target: Target, figures: Sequence[Figure]) -> list[Outcome]:
    """One for each database on which it was measured; none where it was not."""
    found = target.of(figures)
    return [
        _outcome(target, [one for one in found if one.database == database])
        for database in dict.fromkeys(one.database for one in found)
    ]


def _outcome(target: Target, figures: Sequence[Figure]) -> Outcome:
    if target.measure is Measure.FLAT:
        values = [one.value for one in figures]
        return Outcome(target, figures[-1], round(max(values) / min(values), 2) if min(values) else 1.0)
    pairs = [(_number(target.measure, one), one) for one in figures]
    worst = (min if target.at_least is not None else max)(pairs, key=lambda pair: pair[0])
    return Outcome(target, worst[1], worst[0])


def _number(measure: Measure, figure: Figure) -> float:
    match measure:
        case Measure.RATIO:
            return figure.ratio_to_floor
        case Measure.OVER:
            return round(figure.value - figure.floor, 2)
    return figure.value
