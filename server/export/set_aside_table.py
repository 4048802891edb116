"""`trail/set_aside.csv`: what came and does not count by itself, and what became of it; never what is in it."""

import csv
from contextlib import ExitStack
from pathlib import Path

from diary_app.core.times import format_utc
from server.db.set_aside import SetAside
from server.export.csv_table import LINE_END, harmless, kept, let_go
from server.export.participant import ExportedParticipant
from server.export.trail_columns import ASIDE, SET_ASIDE, TEST, names
from server.trail.fields import TrailRow


class SetAsideTable:
    """The file, open until it is closed."""

    def __init__(self, folder: Path, *, is_test: bool) -> None:
        self._files = ExitStack()
        self.file = self._files.enter_context(kept(folder / SET_ASIDE))
        self._lines = csv.writer(self.file, lineterminator=LINE_END)
        self._mark = [TEST.upper()] if is_test else []
        self._lines.writerow(names(ASIDE, is_test=is_test))

    def add(self, person: ExportedParticipant) -> int:
        """Write one participant's, in the order in which they came; how many."""
        found = person.read_set_aside()
        by_fact = {row.source: row for row in person.read_trail()} if any(one.settlement for one in found) else {}
        for one in found:
            cells = _cells(one, by_fact.get(one.settlement or ""))
            self._lines.writerow([*map(harmless, cells), *self._mark])
        return len(found)

    def close(self) -> None:
        """On the disk when it returns; may be called again."""
        self._files.close()

    def let_go(self) -> None:
        """Close it without waiting for the disk."""
        let_go(self._files)


def _cells(one: SetAside, decided: TrailRow | None) -> list[str]:
    day = one.settled_day or one.diary_day
    came = (
        one.id, one.participant, one.site, format_utc(one.received_at), one.code, "yes" if one.on_chain else "no",
        one.record or "", one.sha256, one.settled_instrument or one.instrument or "", day.isoformat() if day else "",
        _state(one), one.outcome or "",
    )  # fmt: skip
    if decided is None:
        return [*came, *[""] * (len(ASIDE) - len(came))]
    return [
        *came, format_utc(decided.received), decided.who, decided.role, decided.organisation, decided.why,
        decided.source,
    ]  # fmt: skip


def _state(one: SetAside) -> str:
    if one.outcome is not None:
        return "settled"
    return "joined" if one.joined else "waiting"
