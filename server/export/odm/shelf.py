"""What stands of one participant's forms while the file is written; a transaction is what makes another of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

#: Item -> its value; None where it was asked and stays blank. What is absent was not stated.
Values = Mapping[str, str | None]
#: Item group -> its items.
Groups = Mapping[str, Values]


class Action(StrEnum):
    """What a transaction does, in the words of ODM."""

    INSERT = "Insert"
    UPDATE = "Update"
    REMOVE = "Remove"


@dataclass(frozen=True)
class EventKey:
    """Which study event; `repeat`: the diary day, None for an event that there is once."""

    oid: str
    repeat: str | None = None


@dataclass(frozen=True)
class FormKey:
    """Which form of which event."""

    event: EventKey
    oid: str
    repeat: str | None = None


@dataclass(frozen=True)
class ItemChange:
    """One item that becomes another. `value`: None for a blank, and where it is removed."""

    oid: str
    action: Action
    value: str | None


@dataclass(frozen=True)
class GroupChange:
    """What happens to the items of one group."""

    oid: str
    action: Action
    items: tuple[ItemChange, ...]


@dataclass(frozen=True)
class FormChange:
    """What happens to one form; of a form that is removed nothing more is said."""

    form: FormKey
    action: Action
    groups: tuple[GroupChange, ...] = ()


class Shelf:
    """The forms of one participant."""

    def __init__(self) -> None:
        self._forms: dict[FormKey, Groups] = {}

    def __iter__(self) -> Iterator[tuple[FormKey, Groups]]:
        """Every form as it stands."""
        return iter(self._forms.items())

    def get(self, form: FormKey) -> Groups | None:
        """The form as it stands."""
        return self._forms.get(form)

    def put(self, form: FormKey, groups: Groups) -> FormChange | None:
        """Let the form say this; None where it does already."""
        before = self._forms.get(form)
        self._forms[form] = groups
        if before is None:
            return FormChange(form, Action.INSERT, _changes({}, groups))
        changes = _changes(before, groups)
        return FormChange(form, Action.UPDATE, changes) if changes else None

    def remove(self, form: FormKey) -> FormChange | None:
        """Take the form away; None where there is none."""
        return FormChange(form, Action.REMOVE) if self._forms.pop(form, None) is not None else None


def _changes(before: Groups, after: Groups) -> tuple[GroupChange, ...]:
    changes = []
    for group in {**before, **after}:
        was, said = before.get(group, {}), after.get(group, {})
        if items := _items(was, said):
            changes.append(GroupChange(group, Action.UPDATE if was else Action.INSERT, tuple(items)))
    return tuple(changes)


def _items(before: Values, after: Values) -> list[ItemChange]:
    if not before:
        return [ItemChange(oid, Action.INSERT, value) for oid, value in after.items()]
    changes = []
    for oid in {**before, **after}:
        if oid not in after:
            changes.append(ItemChange(oid, Action.REMOVE, None))
        elif oid not in before:
            changes.append(ItemChange(oid, Action.INSERT, after[oid]))
        elif before[oid] != after[oid]:
            changes.append(ItemChange(oid, Action.UPDATE, after[oid]))
    return changes
