"""A run on disk, and docs/performance.md made of one: targets, reached or not and why, then every figure."""

import json
import os
import platform
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from diary_app import VERSION
from diary_app.core.environment import Environment
from diary_app.core.errors import Code, CommandRefused
from diary_app.core.times import format_utc
from server.bench.figures import Figure
from server.bench.targets import Measure, Outcome, Target, outcomes, targets

NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Run:
    """When, where and with what it was measured; `not_measured`: parts that could not be, with the reason."""

    version: str
    at: str
    machine: str
    python: str
    sqlite: str
    figures: tuple[Figure, ...]
    not_measured: tuple[str, ...] = ()


_READ = TypeAdapter(Run)


def run_of(figures: Iterable[Figure], environment: Environment, not_measured: Sequence[str] = ()) -> Run:
    """These figures as measured here and now."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}"
    return Run(
        VERSION, format_utc(environment.now()), machine, platform.python_version(), sqlite3.sqlite_version,
        tuple(figures), tuple(not_measured),
    )  # fmt: skip


def save(run: Run, file: Path) -> None:
    """As JSON; the file's folder is made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(run), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(file: Path) -> Run:
    """Raises `CommandRefused` (request_invalid) for anything that `save` did not write."""
    try:
        return _READ.validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise CommandRefused(
            Code.REQUEST_INVALID,
            f"{file} is no run of all benchmarks.",
            "Name what `xerodiary bench all --save` wrote.",
        ) from error


def page(run: Run, picture: str = "") -> str:
    """The page in Markdown; `picture`: path of the plot beside it."""
    rows = [(target, outcomes(target, run.figures)) for target in targets()]
    parts = [
        "# How fast, how large\n",
        "Written by `xerodiary bench report` from one run of `xerodiary bench all`; nothing here is typed by hand.\n",
        _about(run),
        _sums(rows),
        f"![Each figure as a multiple of its floor, beside its target]({picture})\n" if picture else "",
        "## Targets\n",
        "| what | target | database | figure | floor | counts | |\n|---|---|---|---|---|---|---|\n"
        + "".join(_row(target, found) for target, found in rows),
        _bounds(rows),
        "## Every figure\n",
        "| figure | database | value | unit | floor | of the floor | n |\n|---|---|---|---|---|---|---|\n"
        + "".join(_figure(one) for one in run.figures),
    ]
    if run.not_measured:
        parts.append("Not measured in this run:\n\n" + "".join(f"- {one}\n" for one in run.not_measured))
    return "\n".join(part for part in parts if part)


def _about(run: Run) -> str:
    return (
        f"Version {run.version}, {run.at[:16].replace('T', ' ')} UTC, {run.machine}, Python {run.python}, "
        f"SQLite {run.sqlite}. Each figure was measured in turn with its floor, something plain on that machine in "
        "that minute with which it is compared; the ratio says more than the figure.\n"
    )


def _sums(rows: Sequence[tuple[Target, Sequence[Outcome]]]) -> str:
    reached = [one.is_reached for _, found in rows for one in found]
    left = sum(not found for _, found in rows)
    return (
        f"Not measured: {left} of {len(rows)} targets. On each database by itself, {sum(reached)} are reached and "
        f"{len(reached) - sum(reached)} missed.\n"
    )


def _row(target: Target, found: Sequence[Outcome]) -> str:
    if not found:
        return f"| {target.what} | {target.in_words} | | | | | {NOT_MEASURED} |\n"
    return "".join(
        f"| {target.what} | {target.in_words} | {one.figure.database or ''} | {one.figure.value:,g} {one.figure.unit} "
        f"| {one.figure.floor:,g} | {_counts(one)} | {'reached' if one.is_reached else '**missed**'} |\n"
        for one in found
    )


def _counts(one: Outcome) -> str:
    """The number that is compared, where it is neither the value nor written in another column."""
    return f"{one.number:,g}" if one.target.measure is not Measure.VALUE else ""


def _bounds(rows: Sequence[tuple[Target, Sequence[Outcome]]]) -> str:
    lines = ["## Why so much, and what bounds what is missed\n"]
    for target, found in rows:
        bound = ""
        if any(not one.is_reached for one in found):
            bound = f" Missed: {target.bound or 'what bounds it is not known yet.'}"
        lines.append(f"- **{target.what}.** {target.why}{bound}")
    return "\n".join(lines) + "\n"


def _figure(one: Figure) -> str:
    return (
        f"| {one.name} | {one.database or ''} | {one.value:,g} | {one.unit} | {one.floor:,g} "
        f"| {one.ratio_to_floor:g} | {one.n} |\n"
    )
