"""Lists what ships with the server and the browser: name, version, licence; `python scripts/dependency_review.py`.

Ends with 1 when a licence is not one of those that were looked at. Known faults are asked for with internet, by

    uvx pip-audit --disable-pip --require-hashes -r requirements/server.lock

which sends names and versions to the package index, and so is not a part of the tests.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKS = ROOT / "requirements"
SHIPPED = ("server.lock", "web.lock")
#: Licences whose terms were read: each lets a hospital run, change and pass the program on, with its notice.
LOOKED_AT = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Zlib|Unlicense|0BSD|CNRI|HPND|LGPL"
    r"|Lesser General)\b",
    re.IGNORECASE,
)
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_WHEEL = re.compile(r"/([A-Za-z0-9._]+?)-(\d[A-Za-z0-9._]*?)-[^/]*\.whl")


@dataclass(frozen=True)
class Dependency:
    """One package as it is locked. `licence`: as it says of itself; None where it is not installed here."""

    name: str
    version: str
    licence: str | None

    @property
    def is_looked_at(self) -> bool:
        """Whether its terms are among those that were read, or it is of another platform and cannot be asked here."""
        return self.licence is None or bool(LOOKED_AT.search(self.licence))


def locked(lock: str) -> Iterator[Dependency]:
    """Every package of a lock file."""
    text = (LOCKS / lock).read_text(encoding="utf-8")
    for name, version in sorted({*_PINNED.findall(text), *_WHEEL.findall(text)}):
        yield Dependency(name, version, _licence(name))


def _licence(name: str) -> str | None:
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    classes = [
        str(one).rpartition(" :: ")[2] for one in told.get_all("Classifier") or () if str(one).startswith("License ::")
    ]
    said = next((told[key] for key in ("License-Expression", "License") if key in told), "")
    return "; ".join(filter(None, [said.strip().splitlines()[0][:60] if said.strip() else "", *classes])) or "not said"


def main() -> int:
    """The command."""
    found = sorted({one for lock in SHIPPED for one in locked(lock)}, key=lambda one: (one.name.lower(), one.version))
    for one in found:
        mark = "" if one.is_looked_at else "  LOOK AT THIS"
        sys.stdout.write(f"{one.name:32} {one.version:16} {one.licence or 'of another platform'}{mark}\n")
    return int(not all(one.is_looked_at for one in found))


if __name__ == "__main__":
    sys.exit(main())
