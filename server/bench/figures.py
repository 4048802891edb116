"""What a benchmark prints: one line for each figure, or the same as JSON."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True)
class Figure:
    """One thing measured. `floor` is something plain that it is compared with; `n` how often it was measured."""

    name: str
    value: float
    unit: str
    floor: float
    ratio_to_floor: float
    n: int
    database: str | None = None

    def on(self, database: str) -> "Figure":
        """The same as measured on that database."""
        return replace(self, database=database)


def beside(name: str, unit: str, values: Sequence[float], floors: Sequence[float]) -> Figure:
    """The median beside the median of its floor."""
    value, floor = statistics.median(values), statistics.median(floors)
    return Figure(name, round(value, 2), unit, round(floor, 2), round(value / floor, 3), len(values))


def beside_fastest(name: str, unit: str, values: Sequence[float], floors: Sequence[float]) -> Figure:
    """The least beside the least of its floor: of so short a time everything above it is what else the machine did."""
    value, floor = min(values), min(floors)
    return Figure(name, round(value, 3), unit, round(floor, 3), round(value / floor, 3), len(values))


def beside_p95(name: str, unit: str, values: Sequence[float], floors: Sequence[float]) -> Figure:
    """What nineteen of twenty stay below, beside the same of the floor."""
    value, floor = _p95(values), _p95(floors)
    return Figure(name, round(value, 2), unit, round(floor, 2), round(value / floor, 3), len(values))


def _p95(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]


def as_json(figures: Sequence[Figure]) -> str:
    """A list of objects."""
    return json.dumps([asdict(figure) for figure in figures], indent=1)


def as_lines(figures: Sequence[Figure]) -> str:
    """Columns for a terminal."""
    return "\n".join(
        f"{one.name:36} {one.value:10} {one.unit:3} floor {one.floor:10}  x {one.ratio_to_floor:<6} n {one.n}"
        f"{f'  {one.database}' if one.database else ''}"
        for one in figures
    )
