"""Known faults of packages, read from an export in the format of OSV: a zip or a folder of JSON files, one a fault.

https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip has all of PyPI. It is fetched once and looked through
here, so that nobody learns which packages are in use.
"""

import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

Advisory = Mapping[str, Any]


def read(export: Path) -> list[Advisory]:
    """Every fault that was not taken back. Raises `OSError`, `ValueError` for what is no such export."""
    found = [one for one in map(json.loads, _texts(export)) if "withdrawn" not in one]
    if not found:
        raise ValueError(f"{export} holds no advisory")
    return found


def _texts(export: Path) -> Iterator[str]:
    if export.is_dir():
        yield from (file.read_text(encoding="utf-8") for file in sorted(export.rglob("*.json")))
        return
    with zipfile.ZipFile(export) as zipped:
        yield from (zipped.read(name).decode() for name in sorted(zipped.namelist()) if name.endswith(".json"))


def newest(advisories: Sequence[Advisory]) -> str:
    """When the last of them was changed: an old export knows nothing of what was found since."""
    return max(str(one.get("modified", "")) for one in advisories)[:10]


def faults_of(advisories: Sequence[Advisory], name: str, version: str) -> list[str]:
    """Ids of the faults that this version has."""
    wanted = _normal(name)
    return sorted(
        str(one["id"])
        for one in advisories
        for part in one.get("affected", ())
        if part["package"]["ecosystem"] == "PyPI"
        and _normal(part["package"]["name"]) == wanted
        and (version in part.get("versions", ()) or any(_is_within(version, span) for span in part.get("ranges", ())))
    )


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _is_within(version: str, span: Mapping[str, Any]) -> bool:
    """Events are in their order: what began is over where it was fixed, or after the last that has it."""
    if span.get("type") != "ECOSYSTEM":
        return False
    ours, within = Version(version), False
    for event in sorted(span.get("events", ()), key=_moment):
        ((kind, said),) = event.items()
        if kind != "introduced" and not _is_version(said):
            continue  # nobody knows when that is, so it ends nothing
        at = _version(said)
        if kind == "introduced" and ours >= at:
            within = True
        elif (kind == "fixed" and ours >= at) or (kind == "last_affected" and ours > at):
            within = False
    return within


def _moment(event: Mapping[str, str]) -> Version:
    return _version(next(iter(event.values())))


def _is_version(said: str) -> bool:
    try:
        Version(said)
    except InvalidVersion:
        return False
    return True


def _version(said: str) -> Version:
    """`0` is before everything; what PyPI would not take as a version is too."""
    try:
        return Version("0.dev0" if said == "0" else said)
    except InvalidVersion:
        return Version("0.dev0")
