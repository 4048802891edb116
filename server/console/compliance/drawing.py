"""A line chart as SVG, drawn by pygal without scripts, in the colours of light or dark pages."""

import re
import sys
from collections.abc import Sequence

import pygal
from pygal.style import Style

# pygal leaves a finder of modules behind, in a form that Python has given up; it is there for maps, which nobody draws.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "PluginImportFixer"]

#: What pygal says to a script of its own, which is not sent along.
_SCRIPT = re.compile(rb"<script.*?</script>", re.DOTALL)
#: Sizes of the picture, in pixels.
WIDE, NARROW, HIGH = 760, 380, 280
#: Ink, muted, quiet lines, accent: as in console.css.
_LIGHT = ("#16262E", "#52636D", "#E1E7EA", "#0A6A70")
_DARK = ("#E9EFF2", "#A9B7BF", "#253138", "#63C7CD")


def shares(
    names: Sequence[str], lines: Sequence[tuple[str, Sequence[float | None]]], *, dark: bool, narrow: bool = False
) -> bytes:
    """Shares of a hundred by name; each line has a title and a value, or none, for each name.

    `narrow`: for a phone, where a wide picture made smaller could not be read.
    """
    ink, muted, hair, accent = _DARK if dark else _LIGHT
    style = Style(
        background="transparent", plot_background="transparent", foreground=muted, foreground_strong=ink,
        foreground_subtle=hair, colors=(accent, muted), font_family="sans-serif", label_font_size=12,
        major_label_font_size=12, legend_font_size=12 if narrow else 13, guide_stroke_color=hair,
        major_guide_stroke_color=hair,
        opacity="1", transition="0",
    )  # fmt: skip
    drawn = pygal.Line(
        style=style, js=[], width=NARROW if narrow else WIDE, height=HIGH, range=(0, 100),
        show_minor_x_labels=False, legend_at_bottom=True,
        legend_at_bottom_columns=1, x_labels_major_every=8 if narrow else 4, margin=8,
        margin_right=48, truncate_label=-1, truncate_legend=-1,
    )  # fmt: skip
    drawn.x_labels = list(names)
    for title, values in lines:
        drawn.add(title, list(values))
    return _SCRIPT.sub(b"", drawn.render())
