"""One score over a month or some weeks as a line; days without a number interrupt it."""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import flet as ft
import flet_charts as fch

from diary_app.looking_back import Trend
from diary_app.widgets.theme import Colour, Size

HEIGHT = 200
_WEEK = 7
_THREE_WEEKS = 21


@dataclass(frozen=True)
class DayAxis:
    """Days as numbers from 1 to `last`, counted from the day `before`; the first and every `step`th have words."""

    before: date
    last: int
    step: int
    words: Mapping[int, str]

    def number(self, day: date) -> int:
        """Where the day stands."""
        return (day - self.before).days


def over_month(month: date) -> DayAxis:
    """Numbers are days of the month."""
    before, last = month - timedelta(days=1), monthrange(month.year, month.month)[1]
    return DayAxis(before, last, _WEEK, {day: str(day) for day in (1, *range(_WEEK, last, _WEEK))})


def over_weeks(trend: Trend, name: Callable[[date], str]) -> DayAxis:
    """A date for every third week, for more would not fit a phone."""
    before, last = trend.values[0][0] - timedelta(days=1), len(trend.values)
    marks = (1, *range(_THREE_WEEKS, last, _THREE_WEEKS))
    return DayAxis(before, last, _THREE_WEEKS, {mark: name(before + timedelta(days=mark)) for mark in marks})


def trend_chart(trend: Trend, days: DayAxis) -> fch.LineChart:
    """Neither red nor green: high is not a fault. A day alone is a dot."""
    middle = (trend.highest - trend.lowest) // 2
    return fch.LineChart(
        data_series=[_line(stretch, days) for stretch in trend.stretches()],
        min_x=1, max_x=max(days.last, 2), min_y=trend.lowest, max_y=trend.highest,
        left_axis=_axis({value: str(value) for value in (trend.lowest, middle, trend.highest)}, middle, room=44),
        bottom_axis=_axis(days.words, days.step, room=32),
        horizontal_grid_lines=fch.ChartGridLines(
            interval=middle, color=Colour.ACCENT_SOFT, width=1
        ),
        height=HEIGHT, interactive=False, animation=ft.Animation(duration=0),
    )  # fmt: skip


def _line(stretch: list[tuple[date, Decimal]], days: DayAxis) -> fch.LineChartData:
    points = [fch.LineChartDataPoint(days.number(day), float(value)) for day, value in stretch]
    dot = fch.ChartCirclePoint(color=Colour.ACCENT, radius=4)
    return fch.LineChartData(points=points, color=Colour.ACCENT, stroke_width=2.5, rounded_stroke_cap=True, point=dot)


def _axis(words: Mapping[int, str], step: int, *, room: int) -> fch.ChartAxis:
    labels = [
        fch.ChartAxisLabel(value=value, label=ft.Text(word, size=Size.SMALL, color=Colour.MUTED))
        for value, word in words.items()
    ]
    return fch.ChartAxis(labels=labels, label_size=room, label_spacing=step, show_min=True, show_max=True)
