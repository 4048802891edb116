"""A page that a person reads first: one HTML file that asks nothing of a network and runs nothing.

Light and dark follow the reader's system; on paper it is black on white. Colours are those of the console.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from html import escape
from pathlib import Path

from diary_app.core.compliance import Rate
from diary_app.core.grading import State
from diary_app.core.times import local
from server.export.content import About
from server.export.csv_table import kept

_STYLE = """
:root { color-scheme: light dark; --background: #fff; --surface: #f4f7f8; --ink: #16262e; --muted: #52636d;
  --line: #7b8a94; --done: #1b7444; --late: #8a5300; --missed: #b3261e; --unknown: #2b57a0;
  --excused: #5c6770; --extra: #52636d; }
@media (prefers-color-scheme: dark) { :root { --background: #0f171b; --surface: #182228; --ink: #e9eff2;
  --muted: #a9b7bf; --line: #7d8c96; --done: #6ccb93; --late: #f0b45a; --missed: #ff9c94;
  --unknown: #9dbef5; --excused: #a9b4bb; --extra: #a9b7bf; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--background); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 32px; }
h1 { font-size: 26px; line-height: 1.25; margin: 24px 0 8px; }
h2 { font-size: 19px; line-height: 1.3; margin: 40px 0 8px; }
p, li { max-width: 42rem; }
p { margin: 8px 0; }
ul { padding-left: 24px; margin: 8px 0; }
caption { color: var(--muted); }
code { font: 14px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.banner { border: 2px solid var(--late); border-radius: 12px; padding: 12px 16px; margin: 0 0 16px; max-width: none; }
.banner strong { color: var(--late); }
table { border-collapse: collapse; width: 100%; margin: 8px 0 16px; font-size: 15px; }
caption { text-align: left; padding: 0 0 8px; }
th, td { text-align: left; vertical-align: top; padding: 8px 16px 8px 0; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
td:last-child, th:last-child { padding-right: 0; }
thead th { color: var(--muted); font-weight: 600; }
tbody th { font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; overflow-wrap: normal; }
svg { width: 16px; height: 16px; vertical-align: -2px; margin-right: 8px; }
.state { white-space: nowrap; }
@media (max-width: 40rem) { main { padding: 24px; } th, td { padding-right: 12px; }
  .facts :is(tbody, tr, th, td), .stacked :is(tbody, tr, th, td)
  { display: block; border: 0; padding: 0; text-align: left; white-space: normal; }
  .stacked thead { position: absolute; clip-path: inset(50%); }
  .facts tr, .stacked tr { padding: 8px 0; border-bottom: 1px solid var(--line); }
  .stacked td.number:not(:empty)::before { content: attr(data-name) ": "; color: var(--muted); } }
@media print { :root { color-scheme: light; --background: #fff; --ink: #000; --muted: #444; --line: #888;
  --done: #000; --late: #000; --missed: #000; --unknown: #000; --excused: #000; --extra: #000; }
  main { max-width: none; padding: 0; } body { font-size: 11pt; } h2, caption { break-after: avoid; }
  tr, .banner { break-inside: avoid; } }
"""
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
#: Shape first, colour second, as everywhere.
_SHAPES = {
    State.DONE: '<circle cx="8" cy="8" r="7" fill="currentColor"/>',
    State.LATE: '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="2"/>'
    '<path d="M8 1a7 7 0 0 0 0 14z" fill="currentColor"/>',
    State.MISSED: '<path d="M3 3l10 10M13 3L3 13" stroke="currentColor" stroke-width="2.5"/>',
    State.UNKNOWN: '<circle cx="8" cy="8" r="7" fill="none" stroke="currentColor" stroke-width="1.5"/>'
    '<path d="M6 6.2a2 2 0 1 1 2.6 1.9c-.4.2-.6.5-.6 1.2" fill="none" stroke="currentColor" stroke-width="1.5"/>'
    '<circle cx="8" cy="11.6" r=".9" fill="currentColor"/>',
    State.EXCUSED: '<path d="M2 8h12" stroke="currentColor" stroke-width="3"/>',
    State.EXTRA: '<path d="M8 2v12M2 8h12" stroke="currentColor" stroke-width="2.5"/>',
}


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def write_page(path: Path, about: About, title: str, body: Iterable[str]) -> None:
    """A whole page. `body`: HTML, with everything escaped that came from elsewhere."""
    with kept(path) as file:
        file.write(
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        )
        file.writelines(f"{one}\n" for one in banners(about))
        file.write(f"<h1>{escape(title)}</h1>\n")
        file.writelines(f"{one}\n" for one in body)
        file.write("</main>\n</body>\n</html>\n")


def banners(about: About) -> Iterable[str]:
    """What nobody may overlook."""
    if about.is_test:
        yield (
            '<p class="banner"><strong>TEST.</strong> The participants are dummies. This transfer shows what the '
            "files look like; nothing in it may be analysed.</p>"
        )
    if about.study.is_demonstration:
        yield (
            '<p class="banner"><strong>DEMONSTRATION, not for participants.</strong> The study file names no protocol '
            "version, ethics reference and data protection assessment, or not all of them.</p>"
        )


def paragraph(text: str) -> str:
    """Plain text as a paragraph; `...` becomes code."""
    return f"<p>{inline(text)}</p>"


def bullets(texts: Iterable[str]) -> str:
    """A list of plain texts."""
    return f"<ul>{''.join(f'<li>{inline(text)}</li>' for text in texts)}</ul>"


def inline(text: str) -> str:
    """Plain text as HTML; what stands between back ticks is code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))


def heading(text: str) -> str:
    """The beginning of a section."""
    return f"<h2>{escape(text)}</h2>"


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Names and what they are, as text."""
    lines = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{inline(text)}</td></tr>' for name, text in rows)
    return f'<table class="facts"><tbody>{lines}</tbody></table>'


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str | int]],
    *,
    numbers: Collection[int] = (),
    caption: str = "",
    style: str = "plain",
) -> str:
    """A table whose first column names the row. `numbers`: places of the columns that are set right."""
    kinds = [' class="number"' if place in numbers else "" for place in range(len(head))]
    names = "".join(f'<th scope="col"{kind}>{escape(name)}</th>' for name, kind in zip(head, kinds, strict=True))
    lines = []
    for first, *others in rows:
        cells = "".join(
            f'<td data-name="{escape(name)}"{kind}>{_cell(cell)}</td>'
            for name, kind, cell in zip(head[1:], kinds[1:], others, strict=True)
        )
        lines.append(f'<tr><th scope="row"{kinds[0]}>{_cell(first)}</th>{cells}</tr>')
    above = f"<caption>{inline(caption)}</caption>" if caption else ""
    return f'<table class="{style}">{above}<thead><tr>{names}</tr></thead>\n<tbody>{"".join(lines)}</tbody></table>'


def state(one: State) -> Html:
    """A state by its shape, colour and name."""
    shape = f'<svg viewBox="0 0 16 16" aria-hidden="true" style="color:var(--{one})">{_SHAPES[one]}</svg>'
    return Html(f'<span class="state">{shape}{one.value}</span>')


def grouped(number: int) -> str:
    """12 345, with spaces that do not break."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def how_many(number: int, one: str) -> str:
    """1 day, 2 days."""
    return f"{grouped(number)} {one}" + ("" if number == 1 else "s")


def share(n: int, of: int) -> str:
    """n of N with its percent; the denominator is never left out."""
    percent = Rate(n, of).percent
    return f"{grouped(n)} / {grouped(of)}" + ("" if percent is None else f" ({percent} %)")


def moment(at: datetime, zone: str) -> str:
    """A moment in UTC and as the clocks of a zone showed it."""
    there = local(at, zone)
    return f"{_day(at)}, {at:%H:%M:%S} UTC ({there:%H:%M} on {there.day} {_MONTHS[there.month - 1]} in {zone})"


def _day(at: datetime) -> str:
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def _cell(cell: str | int) -> str:
    if isinstance(cell, Html):
        return cell
    return grouped(cell) if isinstance(cell, int) else inline(cell)
