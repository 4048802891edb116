"""Ends of lines of `long` and `wide`: the answers of one questionnaire, and its scores.

What `long` says of an answer is the same for everybody who gave it, unless it was corrected.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from diary_app.core.entries import Answer
from diary_app.core.instruments import Instrument, Item
from diary_app.core.scoring import Scorer, ScoreResult
from server.export import dictionary
from server.export.csv_lines import Texts
from server.export.csv_table import LINE_END, Cells, cell
from server.export.dictionary import Column
from server.export.participant import Answered, answer_row, as_given


class AnswerLines:
    """For entries of one questionnaire in one version. `columns`: of answers and scores in `wide`, of all of them."""

    def __init__(self, instrument: Instrument, columns: Sequence[Column]) -> None:
        self.score, self.scoring_version = Scorer(instrument).of, instrument.scoring_version
        self._cells = Cells(dictionary.ANSWER)
        self._asked = {item.code: item for item in instrument.items}
        self._ends = {code: Texts(partial(self._end, item)) for code, item in self._asked.items()}
        items, scores = set(instrument.item_codes), {f"{rule.code}_score": rule.code for rule in instrument.scores}
        names = [column.name for column in columns]
        self._items = [name for name in names if name in items]
        self._scores = [scores[name] for name in names if name in scores]
        version = cell(instrument.scoring_version).replace("%", "%%")
        known = dict.fromkeys([*items, *scores], "%s")
        known |= {f"{code}_answered": "%s" for code in self._scores}
        known |= {f"{code}_scoring_version": version for code in self._scores}
        self._wide = f",{','.join(known.get(name, '') for name in names)}{LINE_END}"

    def long(self, one: Answered) -> list[str]:
        """One end for each question that was asked, in the order of the questionnaire."""
        answers, corrected = one.entry.version.body.answers, one.entry.version.corrected
        if corrected:
            asked = [item for item in self._asked.values() if item.code in answers]
            rows = [{**answer_row(item, answers[item.code]), **as_given(one.entry, item.code)} for item in asked]
            return [self._cells.ended(row) for row in rows]
        return [texts[answers[code]] for code, texts in self._ends.items() if code in answers]

    def wide(self, answers: Mapping[str, Answer], results: Mapping[str, ScoreResult]) -> str:
        """The end for the entry: answers (a number, or why there is none), then scores."""
        cells: list[object] = [answers.get(code, "") for code in self._items]
        for code in self._scores:
            result = results[code]
            cells += ("" if result.value is None else result.value, result.answered)
        return self._wide % tuple(cells)

    def _end(self, item: Item, answer: Answer) -> str:
        return self._cells.ended(answer_row(item, answer))
