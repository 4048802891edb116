"""The codes that stand for a rescue file, one on the screen at a time."""

import flet as ft

from diary_app.core.rescue import read_rescue
from diary_app.core.rescue_codes import codes_of


@ft.observable
class ShownCodes:
    """`number` is that of the code on the screen; none while `codes` is empty."""

    def __init__(self) -> None:
        self.codes: tuple[str, ...] = ()
        self.number = 0

    def take(self, file: bytes) -> None:
        """Show a rescue file from its first code. Raises `RescueRefused` where it is too much for codes."""
        self.codes, self.number = codes_of(read_rescue(file)), 1

    @property
    def shown(self) -> str:
        """The text of the code on the screen; empty when there is none."""
        return self.codes[self.number - 1] if self.codes else ""

    @property
    def is_first(self) -> bool:
        """Nothing comes before it."""
        return self.number <= 1

    @property
    def is_last(self) -> bool:
        """Nothing comes after it."""
        return self.number >= len(self.codes)

    def show_next(self) -> None:
        """The code after this one."""
        self.number = min(self.number + 1, len(self.codes))

    def show_previous(self) -> None:
        """The code before this one."""
        self.number = max(self.number - 1, 1)

    def put_away(self) -> None:
        """There is none any more."""
        self.codes, self.number = (), 0
