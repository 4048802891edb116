"""What one record or fact changes, field by field, against what it replaces.

Works on bodies as they are stored, so that kinds that come later appear without code of their own: what is not known
to replace anything stands as newly stated. What a phone measured about the filling in is nobody's statement and is no
field here (`MEASURED`); it stays in the record.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from diary_app.core.entries import as_instant
from diary_app.core.records import RecordKind
from server.trail.agreed import Agreed, accepted_in

Fields = dict[str, str]

MEASURED = frozenset({"monotonic_ms", "page_ms", "form"})
#: Says whose, when, why, in which role or against which version; a row has a column of its own for it.
BESIDE = frozenset(
    {"kind", "captured_at", "participant", "instrument", "diary_day", "parent", "reason", "by_role", "by_site", "code"}
)
_NO_FIELDS = BESIDE | MEASURED
#: Kinds of which the latest counts whole, each for what these fields name.
_WHOLE: dict[str, tuple[str, ...]] = {
    "anchor": ("anchor",),
    "excused": ("instrument", "diary_day"),
    "device_state_set": ("device",),
    "phone_lent": ("device",),
    "incident": ("number",),
    "randomised": (),
    RecordKind.PAUSE.value: (),
}
#: Kinds that change what they name and leave the rest of what was agreed with the participant.
_AGREED = frozenset({"participant_added", "reminders", RecordKind.ZONE.value, RecordKind.CHOICE.value})
#: Parts of a field's name that may hold what somebody answered.
_OF_ANSWERS = frozenset({"answers", "answer", "old", "new", "value"})
_ABOUT = ("entry", "instrument", "diary_day", "reason")
#: Kinds that take away what they name.
_TAKING = frozenset({"right_taken"})
_KNOWN_RECORDS = frozenset(RecordKind)


@dataclass(unsafe_hash=True)  # not frozen for the same reason as `TrailRow`
class Change:
    """One field: what it was and what it is, empty for nothing. `secret`: only for whoever may read answers."""

    field: str
    old: str
    new: str
    secret: bool


@dataclass
class Standing:
    """What stands of one participant or site while its facts are read in order."""

    _whole: dict[tuple[str, ...], Fields] = field(default_factory=dict)
    _agreed: Agreed = field(default_factory=Agreed)
    _accepted: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _versions: dict[str, Fields] = field(default_factory=dict)
    _asked: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def subject(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The body with what it is about: of a step of a correction entry, questionnaire, day and reason asked for.

        Its own words come first.
        """
        asked = self._asked.get(str(body.get("correction", "")), {})
        return {**{name: asked[name] for name in _ABOUT if name in asked}, **body}

    def changes(
        self, id: str, kind: str, body: Mapping[str, Any], at: datetime, *, of_phone: bool = False
    ) -> list[Change]:
        """What it changes, by field; afterwards it stands. A fact without a field is one change: that it was made.

        `at`: when it was made. An approved correction changes the field that the correction is about.
        """
        if kind == "correction_requested":
            self._asked[id] = body
        elif kind == "correction_approved" and (asked := self._asked.get(str(body.get("correction")))):
            return [_corrected(asked)]
        if kind in _AGREED:
            self._agreed.drop(id)  # one that was accepted may have joined its chain since
        new = self._stated(kind, body)
        old = new if kind in _TAKING else self._replaced(kind, body, new, at)
        if "revokes" in body or kind in _TAKING:
            new = self._back(str(body.get("revokes", "")))
        else:
            self._keep(id, kind, body, new, at)
        changed = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
        if not (old or new):
            return [Change(kind, "", kind, False)]
        hides_all = of_phone and kind not in _KNOWN_RECORDS
        return [
            Change(name, old.get(name, ""), new.get(name, ""), hides_all or _may_hold_an_answer(name))
            for name in changed
        ]

    def _stated(self, kind: str, body: Mapping[str, Any]) -> Fields:
        match kind:
            case "contact_shown":
                return {f"contact.{body.get('field')}": "shown"}
            case "contact_detail":  # never the data: which field, and that it was set, changed or erased
                return {f"contact.{body.get('field')}": str(body.get("change"))}
            case RecordKind.CHOICE:
                return {f"choices.{body.get('instrument')}": str(body.get("choice"))}
        return dict(sorted(_flat({name: value for name, value in body.items() if name not in _NO_FIELDS})))

    def _replaced(self, kind: str, body: Mapping[str, Any], new: Fields, at: datetime) -> Fields:
        if "revokes" in body:
            return self._versions.get(str(body["revokes"]), {"revokes": str(body["revokes"])})
        if accepted := accepted_in(kind, body):
            return self._held({name: agreed for name, (agreed, _) in accepted.items()}, at)
        if kind in _AGREED:
            return self._held({name: name for name in new}, at)
        if kind in _WHOLE:
            return self._whole.get(_named(kind, body), {})
        return self._versions.get(str(body.get("parent", "")), {})

    def _held(self, agreed: Mapping[str, str], at: datetime) -> Fields:
        """By field, what the agreed one of another name was then."""
        found = ((name, self._agreed.at(known, at)) for name, known in agreed.items())
        return {name: value for name, value in found if value is not None}

    def _back(self, revoked: str) -> Fields:
        """What holds again once that is taken back: of a settlement, what was agreed without it."""
        body = self._accepted.get(revoked)
        if body is None:
            return {}
        self._agreed.drop(str(body["record"]))
        accepted = accepted_in("quarantine_settled", body)
        return self._held({name: agreed for name, (agreed, _) in accepted.items()}, as_instant(body["captured_at"]))

    def _keep(self, id: str, kind: str, body: Mapping[str, Any], new: Fields, at: datetime) -> None:
        self._versions[id] = new
        if accepted := accepted_in(kind, body):
            self._accepted[id] = body
            self._agreed.keep(str(body["record"]), at, dict(accepted.values()))
        elif kind in _AGREED:
            self._agreed.keep(id, at, new)
        elif kind in _WHOLE:
            self._whole[_named(kind, body)] = new


def why(body: Mapping[str, Any]) -> str:
    """The coded reason that it names; empty for none."""
    return str(body.get("reason") or body.get("late_reason") or body.get("action") or "")


def _corrected(asked: Mapping[str, Any]) -> Change:
    match asked.get("change"):
        case {"what": "item", "item": item, "old": old, "new": new}:
            return Change(f"answers.{item}", str(old), str(new), True)
        case {"what": "day", "day": day}:
            return Change("diary_day", str(asked.get("diary_day", "")), str(day), False)
    return Change("entry", str(asked.get("entry", "")), "", False)  # it counts no more


def _named(kind: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    return (kind, *(str(body.get(name, "")) for name in _WHOLE[kind]))


@lru_cache(maxsize=1024)
def _may_hold_an_answer(name: str) -> bool:
    return not _OF_ANSWERS.isdisjoint(name.split("."))


def _flat(value: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, inner in value.items():
        if isinstance(inner, dict):
            found += _flat(inner, f"{before}{name}.")
        elif isinstance(inner, list) and any(isinstance(one, dict | list) for one in inner):
            found += _flat({str(number): one for number, one in enumerate(inner, 1)}, f"{before}{name}.")
        else:
            found.append((before + name, json.dumps(inner) if isinstance(inner, list) else str(inner)))
    return found
