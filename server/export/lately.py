"""Values that columns had lately: whatever was found out about them then need not be found out again."""

from collections.abc import Callable, Sequence

#: How many of a column are remembered, so that memory does not grow with a study.
REMEMBERED = 4096


_has = set.__contains__


class Lately:
    """Of so many columns that stand beside each other."""

    def __init__(self, columns: int) -> None:
        self._known: tuple[set[object], ...] = tuple(set() for _ in range(columns))

    def check(self, values: Sequence[object], check: Callable[[int, object], None]) -> None:
        """Call `check` with place and value where a column has not had it lately; what raises is not remembered."""
        if all(map(_has, self._known, values)):  # as nearly every row
            return
        for place, (value, known) in enumerate(zip(values, self._known, strict=True)):
            if value not in known:
                check(place, value)
                if len(known) >= REMEMBERED:
                    known.clear()
                known.add(value)
