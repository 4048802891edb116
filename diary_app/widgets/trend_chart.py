"""One score over a month as a line; days without a number interrupt it."""

from calendar import monthrange
from datetime import date
from decimal import Decimal

import flet as ft
import flet_charts as fch

from diary_app.looking_back import Trend
from diary_app.widgets.theme import Colour, Size

HEIGHT = 200
_WEEK = 7


def trend_chart(trend: Trend) -> fch.LineChart:
    """Neither red nor green: high is not a fault. A day alone is a dot."""
    first, middle = trend.values[0][0], (trend.highest - trend.lowest) // 2
    return fch.LineChart(
        data_series=[_line(stretch) for stretch in trend.stretches()],
        min_x=1, max_x=monthrange(first.year, first.month)[1], min_y=trend.lowest, max_y=trend.highest,
        left_axis=_axis((trend.lowest, middle, trend.highest), middle, room=44),
        bottom_axis=_axis((1, *range(_WEEK, 31, _WEEK)), _WEEK, room=32),
        horizontal_grid_lines=fch.ChartGridLines(
            interval=middle, color=Colour.ACCENT_SOFT, width=1
        ),
        height=HEIGHT, interactive=False, animation=ft.Animation(duration=0),
    )  # fmt: skip


def _line(stretch: list[tuple[date, Decimal]]) -> fch.LineChartData:
    points = [fch.LineChartDataPoint(day.day, float(value)) for day, value in stretch]
    dot = fch.ChartCirclePoint(color=Colour.ACCENT, radius=4)
    return fch.LineChartData(points=points, color=Colour.ACCENT, stroke_width=2.5, rounded_stroke_cap=True, point=dot)


def _axis(values: tuple[int, ...], step: int, *, room: int) -> fch.ChartAxis:
    labels = [
        fch.ChartAxisLabel(value=value, label=ft.Text(str(value), size=Size.SMALL, color=Colour.MUTED))
        for value in values
    ]
    return fch.ChartAxis(labels=labels, label_size=room, label_spacing=step, show_min=True, show_max=True)
