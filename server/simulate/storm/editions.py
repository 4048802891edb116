"""Versions of the study in a storm, as the account knows them: what each asks, when its evenings lie, when it reminds.

Whatever is judged by them is reckoned from the figures below, and no program is asked what its study file means.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from diary_app import resources
from diary_app.core.instruments import Choice, Instrument
from server.simulate.storm.plan import CHOICES

#: Of a choice of window: when evenings open, close and end, in hours of the wall from the day's beginning.
Hours = tuple[int, int, int]

_DIARY, _OLDER, _NEWER = "DMD", "1.0", "1.1"
#: What each version of the questionnaire asks, and the highest answer to each question.
ASKED: Mapping[str, Mapping[str, int]] = {
    _OLDER: {"DMD01": 10, "DMD02": 10, "DMD03": 10, "DMD04": 10, "DMD05": 10, "DMD06": 4},
    _NEWER: {"DMD01": 10, "DMD02": 10, "DMD03": 10, "DMD04": 10, "DMD06": 5, "DMD07": 10},
}
#: What an amendment in substance makes of all windows, and minutes of the day of the usual reminder from then on.
SUBSTANCE: Mapping[str, tuple[str, Mapping[str, Hours], int]] = {
    "earlier": (
        _NEWER, {"evening": (17, 25, 35), "early_evening": (15, 24, 35), "late_evening": (19, 28, 37)}, 19 * 60,
    ),
    "later": (
        _NEWER, {"evening": (19, 28, 37), "early_evening": (17, 26, 37), "late_evening": (20, 30, 38)}, 21 * 60,
    ),
    "back": (_OLDER, CHOICES, 20 * 60),
}  # fmt: skip
_AGAIN, LATEST = 75, 22 * 60 + 15


@dataclass(frozen=True, eq=False)
class Edition:
    """One version. `usual`: minutes of the day at which the first reminder comes."""

    number: int
    questionnaire: str
    hours: Mapping[str, Hours]
    usual: int

    @property
    def version(self) -> str:
        """As the study file says it."""
        return str(self.number)

    @property
    def asks(self) -> Mapping[str, int]:
        """Its questions."""
        return ASKED[self.questionnaire]

    def prompt(self, number: int) -> int | None:
        """Minutes of the day of that reminder, counted from 1; None where it has not so many."""
        return dict(enumerate(sorted({self.usual, min(self.usual + _AGAIN, LATEST), LATEST}), 1)).get(number)

    def amended(self, number: int, substance: str) -> "Edition":
        """The next one. `substance`: empty where evenings only close an hour earlier."""
        if not substance:
            opens, _, ends = self.hours["evening"]
            return replace(self, number=number, hours={**self.hours, "evening": (opens, 26, ends)})
        return Edition(number, *SUBSTANCE[substance])

    def written_into(self, text: str) -> str:
        """The study file of another version, made this one's."""
        text = re.sub(r'^version = "\d+"$', f'version = "{self.version}"', text, count=1, flags=re.MULTILINE)
        text = re.sub(rf'(instrument = "{_DIARY}"\nversion = )".*"', rf'\1"{self.questionnaire}"', text)
        for choice, hours in self.hours.items():
            lines = zip(("opens", "closes", "late_until"), map(_on_the_wall, hours), strict=True)
            window = "".join(f'\n{name} = "{at}"' for name, at in lines)
            text = re.sub(rf'(id = "{choice}")\nopens = .*\ncloses = .*\nlate_until = .*', rf"\1{window}", text)
        return re.sub(r"^usual = .*$", f'usual = "{_on_the_wall(self.usual / 60)}"', text, flags=re.MULTILINE)


FIRST = Edition(1, _OLDER, CHOICES, 20 * 60)


@dataclass(frozen=True)
class Live:
    """The server learnt of an edition at that moment, by its clock."""

    since: datetime
    edition: Edition


class Editions:
    """Of one run. `live`: in the order in which the server learnt of them, also again, as a database that went back."""

    def __init__(self) -> None:
        self.live: list[Live] = []
        self.every: list[Edition] = [FIRST]
        self.current = FIRST

    def of(self, version: str) -> Edition:
        """The one with that number."""
        return next(one for one in self.every if one.version == version)

    def next(self, substance: str) -> Edition:
        """What follows the one in use; where that was live before and was lost, it comes again."""
        number = self.current.number + 1
        lost = next((one for one in self.every if one.number == number), None)
        if lost is None:
            self.every.append(lost := self.current.amended(number, substance))
        return lost

    @property
    def is_behind(self) -> bool:
        """Whether the server has lost one that was live."""
        return self.current is not self.every[-1]

    def between(self, earlier: Edition, later: Edition) -> list[Edition]:
        """Those after the one up to the other."""
        return [one for one in self.every if earlier.number < one.number <= later.number]

    def goes_live(self, edition: Edition, moments: Iterable[datetime]) -> None:
        """The server was started with it. `moments`: since when it may be live."""
        self.current = edition
        self.live += [Live(one, edition) for one in moments]

    def may_lay_out(self, opens: Callable[[Edition], datetime]) -> set[Edition]:
        """Those under which an evening may lie. `opens`: when it does by each.

        It keeps the version that was in force when it opened; one that either of two versions had opened by then stays
        as it was. A database that went back may have learnt of an edition at any of the moments that are noted.
        """
        found = {FIRST}
        for edition in self.every[1:]:
            moments = [one.since for one in self.live if one.edition is edition]
            at = opens(edition)
            found = {
                edition if min(opens(before), at) >= since else before for before in found for since in moments
            } or found  # fmt: skip
        return found

    def in_force(self, first: datetime, last: datetime) -> list[Edition]:
        """Those of which the server may have known at any moment between these."""
        before = [one for one in self.live if one.since <= first]
        meanwhile = [one.edition for one in self.live if first < one.since <= last]
        return [before[-1].edition if before else FIRST, *meanwhile]


def _on_the_wall(hours: float) -> str:
    minutes = round(hours * 60)
    return f"{'+1 ' if minutes >= 1440 else ''}{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def next_questionnaire() -> Instrument:
    """The one that no release has yet: a question less, another one more, and one more answer to a third."""
    shipped = resources.instrument(_DIARY, _OLDER)
    items = {one.code: one for one in shipped.items if one.code in ASKED[_NEWER]}
    most = items["DMD06"].choices[-1]
    items["DMD06"] = items["DMD06"].model_copy(
        update={"choices": (*items["DMD06"].choices, Choice(value=most.value + 1, label=most.label))}
    )
    items["DMD07"] = items["DMD02"].model_copy(update={"code": "DMD07", "slot": 7, "short": "Dryness Late At Night"})
    scores = tuple(
        one.model_copy(
            update={"items": tuple(code for code in one.items if code in items), "needed": min(one.needed, 3)}
        )
        for one in shipped.scores
    )
    return shipped.model_copy(
        update={"version": _NEWER, "items": tuple(items.values()), "scores": scores, "scoring_version": "2"}
    )
