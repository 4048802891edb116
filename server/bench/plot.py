"""A picture of a run: each figure as a multiple of its floor, beside where its target lies, as SVG without scripts."""

import re
import sys
from collections.abc import Sequence

import pygal
from pygal.style import Style

from server.bench.figures import Figure
from server.bench.targets import Outcome, outcomes, targets

# pygal leaves a finder of modules behind, in a form that Python has given up; it is there for maps, which nobody draws.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "PluginImportFixer"]

_SCRIPT = re.compile(rb"<script.*?</script>", re.DOTALL)
_INK, _MUTED, _HAIR = "#16262E", "#52636D", "#E1E7EA"
_TARGET, _REACHED, _MISSED = "#B9C5CC", "#0A6A70", "#A5481F"
_MARKS = tuple(float(f"{digit}e{power}") for power in range(-4, 5) for digit in (1, 2, 5))
_ROW, _AROUND = 46, 150


def picture(figures: Sequence[Figure]) -> bytes:
    """The SVG; figures without a target or whose target is no multiple of a floor are left out."""
    rows = [one for target in targets() for one in outcomes(target, figures) if one.target_ratio is not None]
    rows.reverse()  # the first one is on top
    low, high = _ends(rows)
    style = Style(
        background="#FFFFFF", plot_background="#FFFFFF", foreground=_MUTED, foreground_strong=_INK,
        foreground_subtle=_HAIR, colors=(_TARGET, _REACHED), font_family="sans-serif", label_font_size=12,
        major_label_font_size=12, legend_font_size=13, value_font_size=11, opacity="1", transition="0",
        guide_stroke_color=_HAIR, major_guide_stroke_color=_HAIR, value_colors=(_INK, "#FFFFFF"),
    )  # fmt: skip
    drawn = pygal.HorizontalBar(
        style=style, js=[], width=1000, height=_AROUND + _ROW * len(rows), logarithmic=True, legend_at_bottom=True,
        print_values=True, margin=12, truncate_label=-1, truncate_legend=-1, no_data_text="Nothing was measured.",
        title="Multiples of the floor of the same run", range=(low, high), zero=low,
        value_formatter=lambda value: f"{value:.2g}" if value else "",
    )  # fmt: skip
    drawn.y_labels = [mark for mark in _MARKS if low <= mark <= high]
    drawn.x_labels = [_label(one) for one in rows]
    drawn.add("target", [one.target_ratio for one in rows])
    drawn.add("measured", [
        {"value": one.figure.ratio_to_floor, "color": _REACHED if one.is_reached else _MISSED} for one in rows
    ])  # fmt: skip
    return _SCRIPT.sub(b"", drawn.render())


def _ends(rows: Sequence[Outcome]) -> tuple[float, float]:
    """Where the scale begins and ends; the smallest bar is still a bar."""
    numbers = [number for one in rows for number in (one.target_ratio, one.figure.ratio_to_floor) if number] or [1.0]
    return min(numbers) / 2, max(numbers) * 1.1


def _label(one: Outcome) -> str:
    """Colour alone says nothing to some."""
    where = f", {one.figure.database}" if one.figure.database else ""
    return f"{one.figure.name}{where}{'' if one.is_reached else ' (missed)'}"
