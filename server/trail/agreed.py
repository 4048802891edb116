"""What was agreed with a participant, field by field, as it held at any moment: zone, evening, reminders.

What came late, or was accepted from what was set aside, holds from when its phone made it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from diary_app.core.staff_acts import Outcome

#: By field of a settled record, the field that it sets.
_SET = {"zone": "zone", "choice": "choices.{instrument}"}


@dataclass(frozen=True)
class _Said:
    at: datetime
    source: str
    value: str


@dataclass
class Agreed:
    """Grows as facts are read in the server's order. A record that was accepted is named by its own id."""

    _said: dict[str, list[_Said]] = field(default_factory=dict)

    def at(self, name: str, moment: datetime) -> str | None:
        """What held then; before the first word, that one. None where nothing was agreed."""
        said = sorted(self._said.get(name, ()), key=lambda one: one.at)
        before = [one.value for one in said if one.at <= moment]
        return before[-1] if before else said[0].value if said else None

    def keep(self, source: str, moment: datetime, values: Mapping[str, str]) -> None:
        """It holds from that moment until the next word."""
        for name, value in values.items():
            self._said.setdefault(name, []).append(_Said(moment, source, value))

    def drop(self, source: str) -> None:
        """It was never agreed, or is about to be said again."""
        for said in self._said.values():
            said[:] = [one for one in said if one.source != source]


def accepted_in(kind: str, body: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Of a settlement that lets a record count: by its own field, the field agreed and its value."""
    if kind != "quarantine_settled" or body.get("outcome") != Outcome.ACCEPTED or "record" not in body:
        return {}
    return {name: (agreed.format_map(body), str(body[name])) for name, agreed in _SET.items() if name in body}
