"""Replays the transactions of an ODM file participant by participant; part of `verify.py`."""

from collections import Counter
from collections.abc import Mapping, Sequence

from server.export.sayings import ANSWERS, DAYS, RECEIVED, SAVED, STATES, Sayings

STATES_FILLED = ("done", "late")
STATES_OVER = (*STATES_FILLED, "missed", "unknown", "excused")
#: Items of one group of a form with their values; None for a blank.
_Items = Mapping[str, str | None]


class Replay:
    """What stands of one participant's forms after the transactions read so far, and what was counted of all.

    A form is named by its event and itself, each with its key; it holds items by group, None for a blank. `nameless`:
    marks of signatures that do not say which, as the first releases wrote them; one signature may have several.
    """

    def __init__(self, name: str, at: str, sayings: Sayings) -> None:
        self.found, self.transactions, self.nameless = Counter[str](), 0, 0
        self._name, self._sayings = name, sayings
        sayings.begin(name, ANSWERS, SAVED, DAYS, RECEIVED, STATES)
        self._at, self._subject = at, ""
        self._forms: dict[tuple[str, ...], dict[str, dict[str, str | None]]] = {}
        self._event, self._form, self._group = ("", ""), ("", "", "", ""), ""
        self._signed: set[str] = set()

    def begin(self, tag: str, said: dict[str, str]) -> None:
        """One element as the file has it."""
        match tag:
            case "SubjectData":
                self.transactions += 1
                if said["SubjectKey"] != self._subject:
                    self.end_subject()
                    self._subject = said["SubjectKey"]
            case "StudyEventData":
                self._event = (said["StudyEventOID"], said.get("StudyEventRepeatKey", ""))
            case "FormData":
                self._form = (*self._event, said["FormOID"], said.get("FormRepeatKey", ""))
                if said["TransactionType"] == "Remove":
                    self._forms.pop(self._form, None)
            case "ItemGroupData":
                self._group = said["ItemGroupOID"]
            case "ItemData":
                self._item(said)
            case "Signature" if "ID" in said:
                self._signed.add(said["ID"].split(".")[1])
            case "Signature":
                self.nameless += 1

    def end_subject(self) -> None:
        """Count what stands, and forget it."""
        if self._subject:
            self.found["participants"] += 1
            self.found["signatures"] += len(self._signed)
            entries = {
                (*event, key): groups for (*event, _, key), groups in self._forms.items() if "IG.ENTRY" in groups
            }
            for (*event, form, key), groups in self._forms.items():
                if form == "F.STANDING":
                    self._stands(event, key, groups["IG.STANDING"], entries)
        self._subject, self._forms, self._signed = "", {}, set()

    def _item(self, said: Mapping[str, str]) -> None:
        items = self._forms.setdefault(self._form, {}).setdefault(self._group, {})
        if said["TransactionType"] == "Remove":
            items.pop(said["ItemOID"], None)
        else:
            items[said["ItemOID"]] = None if said.get("IsNull") == "Yes" else said["Value"]

    def _stands(
        self,
        event: Sequence[str],
        instrument: str,
        said: _Items,
        entries: Mapping[tuple[str, ...], Mapping[str, _Items]],
    ) -> None:
        """A day or visit, and the entry that it says counts."""
        state, until = said.get("IT.STANDING.STATE") or "", said.get("IT.STANDING.LATE_UNTIL_UTC")
        if event[0] == "SE.DIARY" and state in STATES_OVER and until is not None:
            if until <= self._at:
                self.found.update(("expected", state))
            if until <= self._at or state in STATES_FILLED:
                self._sayings.add(self._name, STATES, self._subject, instrument, event[1], state)
        groups = entries.get((*event, said.get("IT.STANDING.ENTRY_FORM") or ""), {})
        if groups and groups["IG.ENTRY"].get("IT.ENTRY.ENTRY_ID") == said.get("IT.STANDING.ENTRY_ID"):
            self.found["entries"] += 1
            self.found["extra"] += state == "extra"
            self._take_entry(groups)

    def _take_entry(self, groups: Mapping[str, _Items]) -> None:
        """A skipped question is a blank, and says beside it why it is one."""
        made = groups["IG.ENTRY"]
        entry = made["IT.ENTRY.ENTRY_ID"] or ""
        for kind, item in ((SAVED, "CAPTURED_LOCAL"), (DAYS, "DIARY_DAY"), (RECEIVED, "RECEIVED_UTC")):
            self._sayings.add(self._name, kind, self._subject, entry, made.get(f"IT.ENTRY.{item}") or "")
        for name, items in groups.items():
            if name != "IG.ENTRY":
                answers = {item: value for item, value in items.items() if not item.endswith(".SKIP")}
                for item, value in answers.items():
                    self.found["skips" if value is None else "answers"] += 1
                    said = (items.get(f"{item}.SKIP") or "") if value is None else value
                    self._sayings.add(self._name, ANSWERS, self._subject, entry, item.rpartition(".")[2], said)
