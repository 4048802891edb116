"""Where a day lies for one participant: study day, days since each treatment, epoch, and what is before treatment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from diary_app.core.anchors import Anchor, DayLabel, anchors, days_since, label_at, label_by, periods
from diary_app.core.entries import EntryBody
from diary_app.core.study import Study
from server.export.participant import ExportedParticipant
from server.export.sdtm.terms import epoch_of


@dataclass(frozen=True)
class Timeline:
    """`treatments`: every one of the study, in its order. The first that was given is what study days count from."""

    treatments: Mapping[str, Anchor]
    zone: str

    @cached_property
    def _periods(self) -> tuple[str, ...]:
        return periods(tuple(self.treatments))

    @cached_property
    def _labels(self) -> dict[date, DayLabel]:
        return {}

    def _label(self, day: date) -> DayLabel:
        found = self._labels.get(day)
        if found is None:
            found = self._labels[day] = label_by(self.treatments, day)
        return found

    @cached_property
    def first(self) -> Anchor | None:
        """The study's first treatment; None in a study without any."""
        return next(iter(self.treatments.values()), None)

    @cached_property
    def reference(self) -> date | None:
        """The date on which the first treatment was given (DM's RFSTDTC)."""
        return self.first.actual if self.first else None

    @cached_property
    def begun(self) -> datetime | None:
        """The instant from which the first treatment may have begun; the start of its date without a time."""
        return self.first.starts(self.zone) if self.first and self.reference else None

    def study_day(self, day: date) -> int | None:
        """1 on the reference date, -1 the day before; None without one."""
        return days_since(self.reference, day) if self.reference else None

    def since_each(self, day: date) -> list[int | None]:
        """The same for every treatment of the study; None for one that was not given."""
        return list(self._label(day).days_since.values())

    def epoch(self, day: date) -> str:
        """The epoch in which a diary day lies, by the treatments that were given."""
        return self._epoch(self._label(day))

    def epoch_at(self, day: date, moment: datetime) -> str:
        """The epoch of what a visit has at that moment (UTC), on the date of a treatment before or after its start."""
        return self._epoch(label_at(self.treatments, day, moment, self.zone))

    def _epoch(self, label: DayLabel) -> str:
        return epoch_of(self._periods.index(label.period), len(self._periods))

    def is_before_treatment(self, body: EntryBody) -> bool:
        """Whether an answer is a last observation before exposure: its capture is before, of the diary its day too."""
        reference, begun = self.reference, self.begun
        if reference is None or begun is None:
            return False
        return body.captured_at < begun and (body.visit is not None or body.diary_day < reference)


def timeline_of(study: Study, person: ExportedParticipant) -> Timeline:
    """By the latest facts about the treatments."""
    return Timeline(anchors(study, person.facts), person.zone)
