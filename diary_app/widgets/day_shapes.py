"""A diary day as a shape: the shape tells the state, the colour only repeats it, and a name says it in words."""

from collections.abc import Callable
from math import pi

import flet as ft
import flet.canvas as cv

from diary_app.core.grading import State
from diary_app.widgets.theme import Colour

EDGE = 24
_MIDDLE = EDGE / 2
_RADIUS = 9

#: Message ids of what each state is called.
NAMES: dict[State, str] = {
    State.DONE: "done",
    State.LATE: "filled in late",
    State.MISSED: "not filled in",
    State.UNKNOWN: "not known yet",
    State.EXCUSED: "excused",
    State.OPEN: "open now",
    State.NOT_YET_DUE: "not open yet",
    State.NOT_EXPECTED: "no diary this day",
    State.EXTRA: "extra entry",
}


def day_shape(state: State) -> cv.Canvas:
    """The drawing alone, 24 by 24; whoever places it gives it its name."""
    return cv.Canvas(shapes=_DRAWINGS[state](), width=EDGE, height=EDGE)


def _filled(colour: Colour) -> ft.Paint:
    return ft.Paint(color=colour, style=ft.PaintingStyle.FILL)


def _stroke(colour: Colour, width: float = 2.5) -> ft.Paint:
    return ft.Paint(color=colour, style=ft.PaintingStyle.STROKE, stroke_width=width, stroke_cap=ft.StrokeCap.ROUND)


def _disc() -> list[cv.Shape]:
    return [cv.Circle(_MIDDLE, _MIDDLE, _RADIUS, paint=_filled(Colour.DONE))]


def _half_disc() -> list[cv.Shape]:
    edge = _MIDDLE - _RADIUS
    return [
        cv.Circle(_MIDDLE, _MIDDLE, _RADIUS - 1, paint=_stroke(Colour.LATE, 2)),
        cv.Arc(edge, edge, 2 * _RADIUS, 2 * _RADIUS, pi / 2, pi, use_center=True, paint=_filled(Colour.LATE)),
    ]


def _cross() -> list[cv.Shape]:
    near, far, paint = _MIDDLE - 6, _MIDDLE + 6, _stroke(Colour.MISSED)
    return [cv.Line(near, near, far, far, paint=paint), cv.Line(near, far, far, near, paint=paint)]


def _question_in_ring() -> list[cv.Shape]:
    hook = cv.Path(
        elements=[
            cv.Path.MoveTo(_MIDDLE - 2.8, _MIDDLE - 2.2),
            cv.Path.CubicTo(_MIDDLE - 2.8, _MIDDLE - 6, _MIDDLE + 3.2, _MIDDLE - 6, _MIDDLE + 3, _MIDDLE - 2.2),
            cv.Path.CubicTo(_MIDDLE + 2.8, _MIDDLE - 0.2, _MIDDLE, _MIDDLE - 0.2, _MIDDLE, _MIDDLE + 2),
        ],
        paint=_stroke(Colour.UNKNOWN, 1.8),
    )
    return [
        cv.Circle(_MIDDLE, _MIDDLE, _RADIUS, paint=_stroke(Colour.UNKNOWN, 1.8)),
        hook,
        cv.Circle(_MIDDLE, _MIDDLE + 4.8, 1.2, paint=_filled(Colour.UNKNOWN)),
    ]


def _dash() -> list[cv.Shape]:
    return [cv.Line(_MIDDLE - 6, _MIDDLE, _MIDDLE + 6, _MIDDLE, paint=_stroke(Colour.EXCUSED, 3))]


def _ring() -> list[cv.Shape]:
    return [cv.Circle(_MIDDLE, _MIDDLE, _RADIUS - 1, paint=_stroke(Colour.ACCENT))]


def _dot() -> list[cv.Shape]:
    return [cv.Circle(_MIDDLE, _MIDDLE, 3, paint=_filled(Colour.LINE))]


def _nothing() -> list[cv.Shape]:
    return []


def _plus() -> list[cv.Shape]:
    paint = _stroke(Colour.ACCENT)
    return [
        cv.Line(_MIDDLE - 6, _MIDDLE, _MIDDLE + 6, _MIDDLE, paint=paint),
        cv.Line(_MIDDLE, _MIDDLE - 6, _MIDDLE, _MIDDLE + 6, paint=paint),
    ]


_DRAWINGS: dict[State, Callable[[], list[cv.Shape]]] = {
    State.DONE: _disc,
    State.LATE: _half_disc,
    State.MISSED: _cross,
    State.UNKNOWN: _question_in_ring,
    State.EXCUSED: _dash,
    State.OPEN: _ring,
    State.NOT_YET_DUE: _dot,
    State.NOT_EXPECTED: _nothing,
    State.EXTRA: _plus,
}
