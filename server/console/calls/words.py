"""The call list in words: why somebody should be called, since when their phone is silent, what came of calls."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from diary_app.core.catalogue import Catalogue, message
from diary_app.core.compliance import CallKind, CallReason
from diary_app.core.staff_acts import ContactOutcome
from diary_app.core.study import Study
from server.console.authors import author
from server.console.calls.standing import Coming, ToCall
from server.console.dates import NO_BREAK, Calendar

OUTCOMES: Mapping[ContactOutcome, str] = {
    ContactOutcome.WILL_FILL_IN: message("Reached: will fill in"),
    ContactOutcome.NEEDS_HELP: message("Reached: needs help with the phone"),
    ContactOutcome.WANTS_PAUSE: message("Reached: wants a pause"),
    ContactOutcome.NO_ANSWER: message("No answer"),
    ContactOutcome.LEFT_MESSAGE: message("Left a message"),
    ContactOutcome.WRONG_NUMBER: message("Wrong number"),
    ContactOutcome.OTHER_AGREED: message("Something else was agreed"),
}
_WEEK = 7


@dataclass(frozen=True)
class PastContact:
    """One contact as the history shows it."""

    outcome: str
    when: str
    who: str


@dataclass(frozen=True)
class Card:
    """One participant on the list. `last`: what came of the latest contact; `back`: when they return; or empty."""

    number: str
    may_call: bool
    reason: str
    last: str
    back: str
    contacts: Sequence[PastContact]


class CallWords:
    """Speaks one language about one study."""

    def __init__(self, texts: Catalogue, calendar: Calendar, study: Study) -> None:
        self._texts, self._calendar = texts, calendar
        self._names = {rule.id: rule.label.get(calendar.language, rule.id) for rule in study.anchors}
        self._visits = {rule.id: rule.label.get(calendar.language, rule.id) for rule in study.visits}

    def reason(self, one: ToCall, seen_at: datetime | None) -> str:
        """2 closed evenings not heard from; phone last seen Thursday at 21:10; treatment 2 in 5 days."""
        parts = [*self._gaps(one.reasons), self._seen(seen_at)]
        if one.coming:
            parts.append(self._coming(one.coming))
        if one.undecided:
            parts.append(
                self._texts.count(
                    "{number} other evening waits in the inbox to be decided",
                    "{number} other evenings wait in the inbox to be decided", one.undecided,
                )
            )  # fmt: skip
        said = "; ".join(parts)  # after a comma, the 2 of "2. behandling" reads as part of the time before it
        return f"{said[:1].upper()}{said[1:]}"

    def outcome(self, outcome: ContactOutcome) -> str:
        """What came of a call."""
        return self._texts.text(OUTCOMES[outcome])

    def who(self, names: Mapping[str, str], written_by: str) -> str:
        """Whoever made the contact."""
        return author(self._texts, names, written_by)

    def when(self, moment: datetime) -> str:
        """Today at 07:12, yesterday at 21:14, Thursday at 21:10, or the date alone."""
        calendar, day = self._calendar, self._calendar.local_date(moment)
        time = calendar.time(moment)
        match (calendar.today - day).days:
            case 0:
                return self._texts.text("today at {time}", time=time)
            case 1:
                return self._texts.text("yesterday at {time}", time=time)
            case days if 1 < days < _WEEK:
                return self._texts.text("{weekday} at {time}", weekday=calendar.weekday(day), time=time)
        return calendar.short_day(day)

    def back(self, day: date) -> str:
        """Tomorrow, or the day."""
        if day == self._calendar.today + timedelta(days=1):
            return self._texts.text("back tomorrow")
        return self._texts.text("back on {day}", day=self._calendar.short_day(day))

    def _gaps(self, reasons: Sequence[CallReason]) -> list[str]:
        by_kind = {reason.kind: reason for reason in reasons}
        run = by_kind.get(CallKind.DAYS_IN_A_ROW)
        week = by_kind.get(CallKind.FEW_OF_SEVEN) or by_kind.get(CallKind.GAP_BEFORE_VISIT)
        said = [self._run(run)] if run else []
        if week and (run is None or week.gaps > run.gaps):
            said.append(
                self._texts.count(
                    "{number} of the last 7 evenings is without an entry",
                    "{number} of the last 7 evenings are without an entry", week.gaps,
                )
            )  # fmt: skip
        return said

    def _run(self, run: CallReason) -> str:
        if run.not_heard_from == run.gaps:
            return self._texts.text("{number} closed evenings not heard from", number=run.gaps)
        said = self._texts.text("{number} evenings in a row without an entry", number=run.gaps)
        if not run.not_heard_from:
            return said
        return f"{said} ({self._texts.text('{number} of them not heard from', number=run.not_heard_from)})"

    def _seen(self, moment: datetime | None) -> str:
        if moment is None:
            return self._texts.text("phone never in touch")
        return self._texts.text("phone last seen {moment}", moment=self.when(moment))

    def _coming(self, coming: Coming) -> str:
        away = (coming.day - self._calendar.today).days
        if coming.name in self._names:
            name = self._names[coming.name]
            name = f"{name[:1].lower()}{name[1:]}".replace(" ", NO_BREAK)
        else:
            name = self._texts.text("visit {name}", name=self._visits.get(coming.name, coming.name))
        if away == 0:
            return self._texts.text("{event} today", event=name)
        return self._texts.count("{event} tomorrow", "{event} in {number} days", away, event=name)


def spaced(number: str) -> str:
    """A Danish telephone number in pairs, as it is read aloud and dialled; any other as it is kept."""
    danish = re.fullmatch(r"\+45(\d\d)(\d\d)(\d\d)(\d\d)", number)
    return " ".join(("+45", *danish.groups())) if danish else number
