"""What a check of a bundle found, and what its manifest says that there is; part of `verify.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server.export.sayings import Sayings

#: 1: leaves out what there is none of, and the first releases counted no signatures and told no facts about sites.
#: 2: has every number, also 0.
#: 3: counts the expected days that are in no rate, and `expected_days.csv` names them (`counted`).
#: 4: says in the CSV how each interview was held (`asked`).
NEWEST = 4
NAMES_LEFT_OUT = 3
SAYS_HOW_ASKED = 4
_SIGNATURES, _UNCHAINED = "signatures", "unchained"
Manifest = Mapping[str, Any]


@dataclass
class Checked:
    """What was read, in words; everything that is wrong; and what cannot be checked with this bundle alone, and why.

    `sayings`: what each file says of each participant, to be held against each other.
    """

    read: list[str] = field(default_factory=list)
    flaws: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    manifest_sha256: str = ""
    sayings: Sayings = field(default_factory=Sayings)

    @property
    def verdict(self) -> str:
        """Of a bundle without flaws."""
        return "Everything that can be checked holds." if self.open else "Everything holds."

    def hold_manifest(self, sha256: str) -> None:
        """Against the SHA-256 that whoever asks has from elsewhere; without one, that much is open."""
        if sha256:
            self.compare("manifest.json", self.manifest_sha256, sha256.strip().lower())
        else:
            self.open.append(
                "manifest.json: nothing was given to hold it against (--manifest SHA256), so a file that was changed "
                "together with its hash may go unnoticed"
            )

    def compare(self, what: str, found: object, said: object) -> None:
        """Note a flaw when they differ."""
        if found != said:
            self.flaws.append(f"{what}: {found} found, {said} expected")

    def count(self, where: str, name: str, found: int, manifest: Manifest, called: str = "") -> None:
        """Hold a number against the manifest's of that name; say so where its release did not count that.

        `called`: what to say instead of that name.
        """
        said = counted(manifest, name)
        if said is None:
            self.open.append(
                f"{where}, {called or name}: {found} found; the release that made the bundle did not count them"
            )
        else:
            self.compare(f"{where}, {called or name}", found, said)


def generation(manifest: Manifest) -> int:
    """What kind of manifest it is; the first of them said 1."""
    return int(manifest.get("bundle", 1))


def counted(manifest: Manifest, name: str) -> int | None:
    """How many there are by the manifest; None where its release did not count them. Raises KeyError for a gap."""
    counts = manifest["counts"]
    if generation(manifest) > 1:
        return int(counts[name])
    if (name == _SIGNATURES and not _counts_signatures(manifest)) or (name == _UNCHAINED and name not in counts):
        return None
    return int(counts.get(name, 0))


def _counts_signatures(manifest: Manifest) -> bool:
    """Releases that did so said it, of each format that has any, also where there was none; or counted facts of sites.

    Signatures of the first bundles stand in their formats, and in no sum.
    """
    parts = manifest.get("parts", {}).values()
    return "site_facts" in manifest["counts"] or any(_SIGNATURES in one for one in (manifest["counts"], *parts))
