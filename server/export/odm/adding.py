"""Counting one participant's forms as they were written, by the names of the tally."""

from collections import Counter
from datetime import datetime

from diary_app.core.grading import State
from diary_app.core.times import format_utc
from server.export import tally
from server.export.content import OVER
from server.export.odm.definitions import DIARY, ENTRY, STANDING, group_in, stated
from server.export.odm.shelf import EventKey, FormKey, Groups, Shelf, Values


def count(shelf: Shelf, at: datetime) -> "Counter[str]":
    """What one participant adds; a day is over when its last moment was not after `at`."""
    entries = {(form.event, form.repeat): groups for form, groups in shelf if ENTRY in groups}
    found = Counter({tally.PARTICIPANTS: 1})
    for form, groups in shelf:
        if form.oid == STANDING:
            said = groups[group_in(STANDING)]
            found += _day(form, said, at)
            found += _entry(entries, form.event, said)
    return found


def _day(form: FormKey, said: Values, at: datetime) -> "Counter[str]":
    state, until = said[stated(STANDING, "state")], said.get(stated(STANDING, "late_until_utc"))
    is_over = form.event.oid == DIARY and state in OVER and until is not None and until <= format_utc(at)
    return Counter({tally.EXPECTED: 1, str(state): 1}) if is_over else Counter()


def _entry(entries: dict[tuple[EventKey, str | None], Groups], event: EventKey, said: Values) -> "Counter[str]":
    pointed = entries.get((event, said.get(stated(STANDING, "entry_form"))))
    if pointed is None or pointed[ENTRY][stated(ENTRY, "entry_id")] != said[stated(STANDING, "entry_id")]:
        return Counter()
    values = [value for group, items in pointed.items() if group != ENTRY for value in items.values()]
    skips = values.count(None)
    is_extra = said[stated(STANDING, "state")] == State.EXTRA
    found = {tally.ENTRIES: 1, tally.ANSWERS: len(values) - 2 * skips, tally.SKIPS: skips}
    return Counter(found | ({tally.EXTRA: 1} if is_extra else {}))
