"""Scores over time, only where the study shows them: a line with its gaps, or a table with the same numbers."""

from datetime import date
from decimal import Decimal

import flet as ft

from diary_app.core.languages import LANGUAGES
from diary_app.history import History, Span
from diary_app.looking_back import Trend
from diary_app.state import DiaryState
from diary_app.texts import Texts
from diary_app.widgets.buttons import at_left, quiet
from diary_app.widgets.theme import Colour, Size
from diary_app.widgets.writing import body, section, small, strong

#: Message ids of what a participant reads instead of a score's technical label.
SCORES: dict[str, str] = {
    "DMDDRY": "Dryness in the daytime, 0 to 10",
    "DMDTOT": "The first five questions together, 0 to 100 (exploratory)",
}
NO_NUMBERS = "There are no numbers for this time."
FORGET_NOTHING = "A day without a number is a day without an entry on this phone, or with too few answers."


def trend_section(state: DiaryState, history: History) -> list[ft.Control]:
    """Nothing where the study shows none."""
    say, shown = state.say, [trend for trend in history.trends if trend.given]
    if not history.trends:
        return []
    heading, span = section(say("Your answers")), at_left(_other_span(say, history))
    if not shown:
        return [heading, small(say(NO_NUMBERS)), span]
    words = say("Show as lines") if history.as_table else say("Show as table")
    switch = quiet(words, lambda: history.show_as_table(table=not history.as_table), key="as-table")
    drawn = [_table(say, one, history) if history.as_table else _chart(say, one, history) for one in shown]
    return [heading, *drawn, small(say(FORGET_NOTHING)), span, at_left(switch)]


def _other_span(say: Texts, history: History) -> ft.TextButton:
    if history.span is Span.MONTH:
        return quiet(say("Show the last twelve weeks"), lambda: history.show_span(Span.WEEKS), key="span")
    return quiet(say("Show the month only"), lambda: history.show_span(Span.MONTH), key="span")


def score_name(say: Texts, trend: Trend) -> str:
    """In words that a participant knows."""
    return say(SCORES[trend.code]) if trend.code in SCORES else trend.label


def _chart(say: Texts, trend: Trend, history: History) -> ft.Control:
    # Drawing charts is a heavy part of the framework: it is loaded when a study shows a score, not at every start.
    from diary_app.widgets.trend_chart import over_month, over_weeks, trend_chart  # noqa: PLC0415

    in_month = history.span is Span.MONTH
    axis = over_month(history.month) if in_month else over_weeks(trend, say.short_date)
    name = say(
        "{score}. {month}: {number} days with a number, from {lowest} to {highest}.",
        score=score_name(say, trend), month=say.month(history.month) if in_month else say("The last twelve weeks"),
        number=len(trend.given),
        lowest=_number(say, min(trend.given)), highest=_number(say, max(trend.given)),
    )  # fmt: skip
    drawing = ft.Semantics(content=trend_chart(trend, axis), label=name, image=True, exclude_semantics=True)
    return ft.Column(
        [strong(score_name(say, trend)), drawing], spacing=Size.STEP,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )  # fmt: skip


def _table(say: Texts, trend: Trend, history: History) -> ft.Control:
    """One score a table: two columns fit the narrowest phone with the largest letters."""
    columns = [ft.DataColumn(label=small(words, Colour.INK)) for words in (say("Day"), say("Number"))]
    rows = [_row(_day(say, day, history), _number(say, value)) for day, value in trend.values]
    table = ft.DataTable(
        key=f"numbers-{trend.code}", columns=columns, rows=rows, column_spacing=32, horizontal_margin=0,
        data_row_max_height=float("inf"), heading_row_height=72,
    )  # fmt: skip
    return ft.Column(
        [strong(score_name(say, trend)), table], spacing=Size.STEP,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )  # fmt: skip


def _day(say: Texts, day: date, history: History) -> str:
    return str(day.day) if history.span is Span.MONTH else say.short_date(day)


def _row(*words: str) -> ft.DataRow:
    return ft.DataRow(cells=[ft.DataCell(content=body(one)) for one in words])


def _number(say: Texts, value: Decimal | None) -> str:
    """One decimal at most, with the language's comma; a dash for none."""
    if value is None:
        return "–"
    text = f"{value.quantize(Decimal('0.1')):f}".removesuffix(".0")
    return text.replace(".", LANGUAGES[say.language].comma)
