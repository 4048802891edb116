"""What Today asks beside the diary: why evenings were missed, which time to follow, whether a correction is right."""

from collections.abc import Callable

from diary_app.asking_why import AskingWhy
from diary_app.confirming import Confirming
from diary_app.core.errors import DiaryUnavailable
from diary_app.journal import Journal
from diary_app.surroundings import Surroundings
from diary_app.today import Today
from diary_app.travelling import Travelling


class Asking:
    """Each question is observed by itself; `done` is called when an answer changes what Today shows."""

    def __init__(
        self,
        journal: Callable[[], Journal],
        surroundings: Surroundings,
        done: Callable[[], None],
        failed: Callable[[DiaryUnavailable], None],
    ) -> None:
        wake = surroundings.link.wake
        self.why = AskingWhy(journal, wake, failed)
        self.travelling = Travelling(journal, surroundings, done, failed)
        self.confirming = Confirming(journal, wake, failed)

    def look(self, today: Today) -> None:
        """Time has passed, or the study has answered. Raises `DiaryUnavailable`."""
        self.why.look(today)
        self.travelling.look(today)
        self.confirming.look()
