"""`xerodiary simulate`: studies in which everything goes wrong, each from a seed, and what must hold after it."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import Code, CommandRefused
from server import logs
from server.commands.surroundings import say
from server.simulate.storm import storm
from server.simulate.storm.entrances import Entrance
from server.simulate.storm.plan import draw
from server.simulate.storm.shrink import lived, shrink
from server.simulate.storm.steps import Plan
from server.simulate.storm.story import told
from server.simulate.storm.tidying import tidied_afterwards

NIGHTLY_PROCESSES = 2
NIGHTLY_RUNS = 400
_SHOWN = 16
_CLOCK = SystemEnvironment()


@dataclass(frozen=True)
class Ran:
    """One seed: how many participant-days were lived through in how much time, what was violated, the digest of
    everything that happened, which is the same each time, and how often each kind of trouble did, by its words.
    """

    seed: int
    days: int
    seconds: float
    found: list[str]
    digest: str
    befell: dict[str, int]


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line. `plan`: live through that one instead of drawing any.

    `entrance`: where requests come in, which otherwise each seed says.
    """

    seed: int
    runs: int
    people: int
    days: int
    nightly: bool
    as_json: bool
    plan: Path | None
    entrance: Entrance | None = None


def entrance_named(name: str) -> Entrance | None:
    """Where requests come in; None for no name. Raises `CommandRefused`."""
    try:
        return Entrance(name) if name else None
    except ValueError as error:
        raise CommandRefused(
            Code.SETTING_INVALID, f"{name} is no way into the server.", f"Name one of: {', '.join(Entrance)}."
        ) from error


def run(wish: Wish) -> None:
    """Live through one seed after the other. Raises `CommandRefused` with the seed when something is violated."""
    if wish.plan is not None:
        _report(_read(wish.plan), wish, again=f"--plan {wish.plan}", shorten=False)
        return
    seeds = range(wish.seed, wish.seed + (max(wish.runs, NIGHTLY_RUNS) if wish.nightly else wish.runs))
    failed: Ran | None = None
    days, begun, befell = 0, _CLOCK.monotonic(), Counter[str]()
    for ran in _all(seeds, wish, NIGHTLY_PROCESSES if wish.nightly else 1):
        say(json.dumps(vars(ran)) if wish.as_json else _line(ran))
        days += ran.days
        befell.update(ran.befell)
        failed = failed or (ran if ran.found else None)
    if wish.as_json:
        say(json.dumps({"seeds": len(seeds), "days": days, "befell": befell}))
    else:
        say(_in_columns(befell))
        say(f"{days} participant-days, {days / max(_CLOCK.monotonic() - begun, 0.001):.0f} a second.")
    if failed is not None:
        again = f"--seed {failed.seed} --runs 1 --people {wish.people} --days {wish.days}"
        if wish.entrance is not None:
            again += f" --transport {wish.entrance}"
        _report(draw(failed.seed, wish.people, wish.days), wish, again=again, shorten=True)


def _all(seeds: range, wish: Wish, processes: int) -> Iterator[Ran]:
    if processes == 1:
        yield from (_one(seed, wish) for seed in seeds)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(_one, seeds, [wish] * len(seeds))


def _one(seed: int, wish: Wish) -> Ran:
    be_quiet()
    begun = _CLOCK.monotonic()
    with tidied_afterwards():
        outcome = asyncio.run(storm.run(draw(seed, wish.people, wish.days), entrance=wish.entrance))
    seconds = round(_CLOCK.monotonic() - begun, 2)
    return Ran(
        seed, wish.people * wish.days, seconds, outcome.found, outcome.digest, outcome.befell.in_words()
    )  # fmt: skip


def _in_columns(befell: Mapping[str, int]) -> str:
    """What befell all of them, also what never did."""
    return "\n".join(f"{number:>8,}  {words}" for words, number in befell.items())


def be_quiet() -> None:
    """What a server logs when phones and power fail is all meant to happen here."""
    logs.hush()


def _line(ran: Ran) -> str:
    found = "; ".join(ran.found) or "nothing went wrong"
    return f"seed {ran.seed}: {ran.days} participant-days in {ran.seconds:.1f} s, digest {ran.digest[:_SHOWN]}; {found}"


def _report(plan: Plan, wish: Wish, *, again: str, shorten: bool) -> None:
    """The story of a failing plan. Raises `CommandRefused` when it fails."""
    be_quiet()
    runs = partial(lived, entrance=wish.entrance)
    found = runs(plan)
    if not found:
        say("Nothing went wrong.")
        return
    if shorten:
        short = shrink(plan, found, runs)
        plan, found = short.plan, short.found
    say(told(plan, found))
    kept = _kept(plan) if shorten else None
    remedy = f"Live through it again with {again}"
    if kept is not None:
        remedy += f", or through what is left of it with --plan {kept}"
        if wish.entrance is not None:
            remedy += f" --transport {wish.entrance}"
    raise CommandRefused(
        Code.SIMULATION_FAILED, f"Something that must never be was found with seed {plan.seed}.", f"{remedy}."
    )


def _kept(plan: Plan) -> Path | None:
    """The file in the folder of the moment in which the shortened plan is kept; None where nothing can be written."""
    file = Path(f"story-{plan.seed}.json")
    try:
        file.write_text(plan.as_json(), encoding="utf-8")
    except OSError:
        return None
    return file


def _read(file: Path) -> Plan:
    try:
        return Plan.from_json(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError) as error:
        raise CommandRefused(
            Code.SETTING_INVALID, f"{file} is no plan that can be read.", "Name a file that a story was written to."
        ) from error
