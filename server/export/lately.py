"""Values that a column had lately: whatever was found out about them then need not be found out again."""

#: How many of a column are remembered, so that memory does not grow with a study.
REMEMBERED = 4096


class Lately(set[object]):
    """Look with `in` before anything is checked, and `keep` what was fit."""

    def keep(self, value: object) -> None:
        """One more; when there are too many, only this one."""
        if len(self) >= REMEMBERED:
            self.clear()
        self.add(value)
