"""The people of a storm: each with every phone that was ever theirs."""

from dataclasses import dataclass, field

from server.simulate.people import Evening
from server.simulate.storm.handset import Handset
from server.simulate.storm.steps import Which


@dataclass
class Person:
    """A participant with every phone that was ever theirs; the last one is in use unless it is a clone.

    `has_pin`: whether phones handed out from now on have one.
    """

    who: str
    site: str
    participant: str
    phones: list[Handset] = field(default_factory=list)
    clones: list[Handset] = field(default_factory=list)
    has_pin: bool = False

    @property
    def in_use(self) -> Handset | None:
        """The phone in the pocket."""
        return self.phones[-1] if self.phones and not self.phones[-1].holding.gone else None

    @property
    def reachable(self) -> list[Handset]:
        """Every phone that still exists."""
        return [one for one in (*self.phones, *self.clones) if not one.holding.gone]

    def chosen(self, which: Which) -> Handset | None:
        """The phone that a step is about."""
        match which:
            case Which.CLONE:
                return self.clones[-1] if self.clones else None
            case Which.DRAWER:
                drawer = [one for one in self.phones[:-1] if not one.holding.gone]
                return drawer[-1] if drawer else None
        return self.in_use


def evening_of(value: int) -> Evening:
    """The same answer to every question of any version, or the highest that there is."""
    answers: dict[str, int | str] = {f"DMD0{number}": min(value, 10) for number in range(1, 8)}
    return Evening(0, late=False, answers=answers, seconds_a_page=4, online=True, someone_tapped=False)


def newcomer(who: str) -> Person:
    """By their number on the trial's list; odd and even ones belong to different sites."""
    site, number = ("copenhagen", "01") if int(who) % 2 else ("odense", "02")
    return Person(who, site, f"{number}-{who}")
