"""What is another in the study file itself, key by key, for people who did not write it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from diary_app.core.study import Study

#: Minutes after midnight in the model, wall times in the file.
_WALL = frozenset({"opens", "closes", "late_until", "usual", "latest", "quiet_from", "quiet_until"})
#: Only that they change is told: thresholds say something of answers, and the title may say what is compared.
_UNSAID = frozenset({"alert_rules", "title", "registry"})
_LONGEST = 160
_DAY = 24 * 60


@dataclass(frozen=True)
class Difference:
    """One key of the file on both sides, as it stands there; empty where it does not, or is not told."""

    key: str
    before: str
    after: str


def differences(live: Study, proposed: Study) -> list[Difference]:
    """Every key that is another, in the order of the file; parts of lists are named by their ids."""
    before, after = (dict(_flat(study)) for study in (live, proposed))
    found = [Difference(key, before.get(key, ""), after.get(key, "")) for key in dict.fromkeys([*before, *after])]
    unsaid = [name for name in sorted(_UNSAID) if getattr(live, name) != getattr(proposed, name)]
    return [one for one in found if one.before != one.after] + [Difference(name, "", "") for name in unsaid]


def _flat(study: Study) -> Iterator[tuple[str, str]]:
    for key, value in study.model_dump(mode="json", exclude=set(_UNSAID)).items():
        yield from _keys(key, value)


def _keys(path: str, value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _keys(f"{path}.{key}", inner)
        case [dict(), *_]:
            for one in value:
                name = one.get("id") or one.get("code")
                yield f"{path}.{name}", "+"
                yield from _keys(f"{path}.{name}", {key: inner for key, inner in one.items() if inner != name})
        case list():
            yield path, ", ".join(map(str, value))[:_LONGEST]
        case _:
            yield path, _as_written(path, value)


def _as_written(path: str, value: object) -> str:
    if isinstance(value, int) and path.rpartition(".")[2] in _WALL:
        return f"{'+1 ' if value >= _DAY else ''}{value // 60 % 24:02d}:{value % 60:02d}"
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)[:_LONGEST]
