"""Lists what ships with the server and the browser: name, version, licence; `python scripts/dependency_review.py`.

Ends with 1 when a licence is not one of those that were looked at. Known faults are asked for with internet, by `make
advisories`, which sends names and versions to the package index, and so is not a part of the tests. A second opinion
that tells nobody anything is an export of all advisories (scripts/advisories.py), looked through here:

    python scripts/dependency_review.py --advisories all.zip
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from scripts import advisories  # noqa: E402
from scripts.known_faults import pins  # noqa: E402

SHIPPED = ("server.lock", "web.lock")
#: Licences whose terms were read: each lets a hospital run, change and pass the program on, with its notice.
LOOKED_AT = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Zlib|Unlicense|0BSD|CNRI|HPND|LGPL"
    r"|Lesser General)\b",
    re.IGNORECASE,
)


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
    for pin in sorted(pins(lock)):
        yield Dependency(pin.name, pin.version, _licence(pin.name))


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


def main(words: Sequence[str] | None = None) -> int:
    """The command."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    asked.add_argument("--advisories", type=Path, help="a zip or folder of advisories in the format of OSV")
    export: Path | None = asked.parse_args(words).advisories
    found = sorted({one for lock in SHIPPED for one in locked(lock)}, key=lambda one: (one.name.lower(), one.version))
    for one in found:
        mark = "" if one.is_looked_at else "  LOOK AT THIS"
        sys.stdout.write(f"{one.name:32} {one.version:16} {one.licence or 'of another platform'}{mark}\n")
    faulty = known_faults(found, export) if export else []
    sys.stdout.writelines(f"{line}\n" for line in faulty)
    return int(bool(faulty) or not all(one.is_looked_at for one in found))


def known_faults(found: Sequence[Dependency], export: Path) -> list[str]:
    """A line for each package with faults; says how old the export is."""
    known = advisories.read(export)
    sys.stdout.write(f"{len(known)} advisories, the newest of {advisories.newest(known)}\n")
    faults = {one: advisories.faults_of(known, one.name, one.version) for one in found}
    return [f"{one.name} {one.version}: {', '.join(ids)}" for one, ids in faults.items() if ids]


if __name__ == "__main__":
    sys.exit(main())
