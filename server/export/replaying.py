"""Replays the transactions of an ODM file participant by participant; part of `verify.py`."""

from collections import Counter
from collections.abc import Mapping, Sequence

STATES_OVER = ("done", "late", "missed", "unknown", "excused")
#: Items of one group of a form with their values; None for a blank.
_Items = Mapping[str, str | None]


class Replay:
    """What stands of one participant's forms after the transactions read so far, and what was counted of all.

    A form is named by its event and itself, each with its key; it holds items by group, None for a blank. `nameless`:
    marks of signatures that do not say which, as the first releases wrote them; one signature may have several.
    """

    def __init__(self, at: str) -> None:
        self.found, self.transactions, self.nameless = Counter[str](), 0, 0
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
            for (*event, form, _), groups in self._forms.items():
                if form == "F.STANDING":
                    self._stands(event, groups["IG.STANDING"], entries)
        self._subject, self._forms, self._signed = "", {}, set()

    def _item(self, said: Mapping[str, str]) -> None:
        items = self._forms.setdefault(self._form, {}).setdefault(self._group, {})
        if said["TransactionType"] == "Remove":
            items.pop(said["ItemOID"], None)
        else:
            items[said["ItemOID"]] = None if said.get("IsNull") == "Yes" else said["Value"]

    def _stands(
        self, event: Sequence[str], said: _Items, entries: Mapping[tuple[str, ...], Mapping[str, _Items]]
    ) -> None:
        """A day or visit, and the entry that it says counts."""
        state, until = said.get("IT.STANDING.STATE") or "", said.get("IT.STANDING.LATE_UNTIL_UTC")
        if event[0] == "SE.DIARY" and state in STATES_OVER and until is not None and until <= self._at:
            self.found.update(("expected", state))
        groups = entries.get((*event, said.get("IT.STANDING.ENTRY_FORM") or ""), {})
        if groups and groups["IG.ENTRY"].get("IT.ENTRY.ENTRY_ID") == said.get("IT.STANDING.ENTRY_ID"):
            self.found["entries"] += 1
            self.found["extra"] += state == "extra"
            self._count_items(groups)

    def _count_items(self, groups: Mapping[str, _Items]) -> None:
        """A skipped question is a blank, and says beside it why it is one."""
        for name, items in groups.items():
            if name != "IG.ENTRY":
                blanks = sum(value is None for value in items.values())
                why = sum(item.endswith(".SKIP") for item in items)
                self.found["skips"] += blanks
                self.found["answers"] += len(items) - blanks - why
