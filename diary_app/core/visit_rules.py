"""Rules of a study file for what is asked at visits: when, of which questionnaires, in which version."""

from collections.abc import Collection, Iterator

from pydantic import BaseModel, ConfigDict, Field

from diary_app.core.study_values import Identifier
from diary_app.core.tomlfile import Fault, among


def anchor_faults(key: str, anchor: str | None, anchors: Collection[str]) -> Iterator[Fault]:
    """An anchor that is named at the key and that the study does not have."""
    if anchor is not None and anchor not in anchors:
        yield Fault((key,), "there is no anchor {name}.", "Name one of: {known}.", among(anchor, anchors))


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class VisitRule(_Frozen):
    """A visit questionnaire's window, one-sided so that it never reaches past an injection.

    Either the `days_before` days before `before_anchor` until its start, or `after_anchor` plus `after_months` and
    `after_days` with `days_early` and `days_late` around it. `fallback_*` applies when the anchor is never given.
    """

    id: Identifier
    label: dict[str, str]
    instruments: tuple[str, ...]
    before_anchor: Identifier | None = None
    days_before: int = Field(default=0, ge=0, le=60)
    after_anchor: Identifier | None = None
    after_months: int = Field(default=0, ge=0, le=60)
    after_days: int = Field(default=0, ge=0, le=366)
    days_early: int = Field(default=0, ge=0, le=60)
    days_late: int = Field(default=0, ge=0, le=60)
    fallback_anchor: Identifier | None = None
    fallback_months: int = Field(default=0, ge=0, le=60)
    fallback_days: int = Field(default=0, ge=0, le=366)
    fallback_days_early: int = Field(default=0, ge=0, le=60)
    fallback_days_late: int = Field(default=0, ge=0, le=60)

    def faults(self, anchors: Collection[str], instruments: Collection[str]) -> Iterator[Fault]:
        """What is wrong with the rule, given the study's anchors and visit instruments."""
        for key in ("before_anchor", "after_anchor", "fallback_anchor"):
            yield from anchor_faults(key, getattr(self, key), anchors)
        for number, code in enumerate(self.instruments):
            if code not in instruments:
                there = among(code, instruments)
                yield Fault(("instruments", number), "there is no instrument {name}.", "Name one of: {known}.", there)
        yield from self._side_faults()

    def _side_faults(self) -> Iterator[Fault]:
        if bool(self.before_anchor) == bool(self.after_anchor):
            yield Fault((), "a visit is either before or after an anchor.", "Give before_anchor or after_anchor.")
        if self.before_anchor and not self.days_before:
            yield Fault(("before_anchor",), "the window has no days.", "Add days_before.")
        if self.before_anchor and self.after_months + self.after_days + self.days_early + self.days_late:
            yield Fault(("before_anchor",), "the window would reach past the anchor.", "Use days_before alone.")
        if self.after_anchor and self.days_before:
            yield Fault(("days_before",), "this belongs to before_anchor.", "Use days_early and days_late.")
        # The shortest month has 28 days.
        for key, least, early in (
            ("days_early", 28 * self.after_months + self.after_days, self.days_early),
            ("fallback_days_early", 28 * self.fallback_months + self.fallback_days, self.fallback_days_early),
        ):
            if early and early >= least:
                yield Fault((key,), "the window would begin before its anchor.", "Write fewer days or more months.")


class VisitInstrument(_Frozen):
    """A visit questionnaire's version and frozen slot; inactive until its licence file is installed.

    `items` names an extract, which most licences do not allow; empty for the whole questionnaire.
    """

    code: str
    version: str
    slot: int = Field(ge=1, le=19)
    active: bool = False
    items: tuple[str, ...] = ()
