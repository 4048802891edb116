"""Checks a bundle of Xerodiary: every file, every count, every chain. Needs Python 3.11 and nothing else.

    python verify.py [FOLDER] [--manifest SHA256]

FOLDER is the bundle, by default the folder that this file lies in. A copy of this file is in every bundle, so that an
inspector can read what it checks, and run it without the server: what it takes from `recounting` stands in that copy in
the place of the import. SHA256 is that of manifest.json by the study's trail; without it, a file that was changed
together with its hash may go unnoticed. Ends with 0 when everything holds, else with 1.
"""

import argparse
import csv
import hashlib
import io
import json
import sqlite3
import sys
import xml.parsers.expat
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from server.export.checked import NEWEST, Checked, Manifest, counted, generation
from server.export.forms_alike import forms_alike, trails_alike
from server.export.recounting import RECOUNTS, read_csv

MANIFEST = "manifest.json"
CHAIN = "trail/chain.csv"
AUDIT = "trail/audit_trail.ndjson"
SITES = "trail/site_trail.csv"
FACTS = "archive/facts.zip"
GENESIS = "0" * 64
WHOLE_STUDY = "*"
ASIDE = "trail/set_aside.csv"
#: Files that macOS and Windows leave in a folder that somebody only looked at.
_OF_SYSTEMS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_OF_ITS_COPIES = "._"
_BLOCK = 1 << 20
#: What reading a damaged file may raise; NotImplementedError and RuntimeError come from a damaged zip.
_DAMAGE = (
    OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, StopIteration, ArithmeticError,
    csv.Error, sqlite3.Error,
    zipfile.BadZipFile, zlib.error, xml.parsers.expat.ExpatError,
)  # fmt: skip
_MOST_TOLD = 100
#: What one row, or the list of tables, may have: a few bytes of a zip can stand for more than a machine holds.
_MOST_CHARACTERS = 1 << 25
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def check(folder: Path) -> Checked:
    """Read everything below the folder. Flaws are reported; nothing is raised for a damaged bundle."""
    checked = Checked()
    if odd := _odd(folder):
        checked.flaws += [f"{name} is no plain file, so nothing was read" for name in odd]
        return checked
    try:
        data = (folder / MANIFEST).read_bytes()
        manifest = json.loads(data)
        checked.manifest_sha256 = hashlib.sha256(data).hexdigest()
        sizes = [(str(one["path"]), str(one["sha256"])) for one in manifest["files"]]
        is_newer = generation(manifest) > NEWEST
    except _DAMAGE as error:
        checked.flaws.append(f"{MANIFEST} cannot be read ({type(error).__name__})")
        return checked
    _files(folder, sizes, checked)
    if is_newer:
        checked.flaws.append(f"{MANIFEST} is of a newer release; check the bundle with the verify.py that is in it")
        return checked
    for part in (*RECOUNTS, forms_alike, trails_alike, _chains, _audit, _sites, _aside, _archive):
        try:
            part(folder, manifest, checked)
        except _DAMAGE as error:
            checked.flaws.append(f"{part.__name__.strip('_')} cannot be checked ({type(error).__name__}: {error})")
    checked.flaws += checked.sayings.differences()
    return checked


def _odd(folder: Path) -> list[str]:
    """Links, which may lead anywhere, and pipes and devices, which may never end."""
    odd = (file for file in sorted(folder.rglob("*")) if file.is_symlink() or not (file.is_file() or file.is_dir()))
    return [file.relative_to(folder).as_posix() for file in odd]


def _files(folder: Path, said: list[tuple[str, str]], checked: Checked) -> None:
    there = {str(file.relative_to(folder).as_posix()) for file in folder.rglob("*") if not file.is_dir()}
    for name in sorted(there - {path for path, _ in said} - {MANIFEST}):
        if Path(name).name in _OF_SYSTEMS or Path(name).name.startswith(_OF_ITS_COPIES):
            checked.open.append(
                f"{name} is not of the bundle; a computer makes a file of that name when it shows a folder"
            )
        else:
            checked.flaws.append(f"{name} does not belong to the bundle")
    for path, sha256 in said:
        if path not in there or ".." in Path(path).parts:
            checked.flaws.append(f"{path} is missing")
        elif _sha256(folder / path) != sha256:
            checked.flaws.append(f"{path} was changed")
    checked.read.append(f"{len(said)} files with their hashes")


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _chains(folder: Path, manifest: Manifest, checked: Checked) -> None:
    """Each row of a chain names the one before it, none is left out, and the ends are those of the cut."""
    rows = _csv(folder / CHAIN)
    if rows is None:
        return
    ends: dict[tuple[str, str], tuple[int, str]] = {}
    count = 0
    for row in rows:
        key = (row["kind"], row["chain"])
        sequence, digest = ends.get(key, (0, GENESIS))
        if int(row["sequence"]) != sequence + 1:
            checked.flaws.append(f"{CHAIN}: {key[0]} {key[1]} has a gap before {row['sequence']}")
        elif row["previous"] != digest:
            checked.flaws.append(f"{CHAIN}: {key[0]} {key[1]} is broken at {row['sequence']}")
        ends[key] = (int(row["sequence"]), row["hash"])
        count += 1
    lines = [f"{kind} {chain} {sequence} {digest}" for (kind, chain), (sequence, digest) in sorted(ends.items())]
    found = hashlib.sha256("\n".join([GENESIS, *lines]).encode()).hexdigest()
    checked.compare(
        f"{CHAIN}, the ends of all chains (others where one was cut, added or left out)",
        found,
        manifest["cut"]["heads_sha256"],
    )
    checked.read.append(f"{count} facts on {len(ends)} chains")


def _audit(folder: Path, manifest: Manifest, checked: Checked) -> None:
    """Each row of the trail stands in a record or fact that is on a chain; every signature is told."""
    file, chained = folder / AUDIT, _csv(folder / CHAIN)
    if not file.exists() or chained is None:
        return
    with sqlite3.connect("") as aside:  # a temporary file where it does not fit into memory
        aside.execute("CREATE TABLE fact (id TEXT PRIMARY KEY, hash TEXT) WITHOUT ROWID")
        aside.executemany("INSERT OR REPLACE INTO fact VALUES (?, ?)", ((row["id"], row["hash"]) for row in chained))
        count, signed, last = 0, 0, ("", "")
        with file.open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                count += 1
                stands_in = (row["source"], row["hash"])
                if stands_in != last:
                    signed += row["kind"] == "signed"
                    if not _is_known(aside, *stands_in):
                        checked.flaws.append(f"{AUDIT}: line {count} stands in no fact of a chain")
                last = stands_in
    checked.count(AUDIT, "signatures", signed, manifest)
    checked.read.append(f"{count} changes in the trail")


def _is_known(aside: sqlite3.Connection, name: str, digest: str) -> bool:
    return aside.execute("SELECT 1 FROM fact WHERE id = ? AND hash = ?", (name, digest)).fetchone() is not None


def _sites(folder: Path, manifest: Manifest, checked: Checked) -> None:
    """Each fact about a site or the study is told, and none that is on no chain.

    A bundle of some sites has no chain of the whole study (`*`); what it tells of that is counted, and said to be open.
    """
    rows, chained = _csv(folder / SITES), _csv(folder / CHAIN)
    if rows is None and (folder / AUDIT).exists() and counted(manifest, "signatures") is None:
        checked.open.append(f"{SITES}: the release that made the bundle did not tell facts about sites and the study")
    _require_told(SITES, "site_facts", rows, manifest, checked)
    if rows is None or chained is None:
        return
    known = {(row["id"], row["hash"]): row["chain"] for row in chained if row["kind"] == "site"}
    told: dict[tuple[str, str], str] = {}
    for number, row in enumerate(rows, 1):
        stands_in = (row["source"], row["hash"])
        if known.get(stands_in) != row["site"] and not (row["site"] == WHOLE_STUDY and manifest["sites"] is not None):
            checked.flaws.append(f"{SITES}: row {number} stands in no fact of a chain")
        told[stands_in] = row["site"]
    checked.flaws += [f"{SITES}: fact {name} of {site} is not told" for (name, _), site in known.items() - told.items()]
    checked.count(SITES, "site_facts", len(told), manifest, "facts")
    if manifest["sites"] is not None:
        unchained = sum(site == WHOLE_STUDY for site in told.values())
        checked.count(SITES, "unchained", unchained, manifest, "facts about the whole study")
        checked.open.append(
            f"{SITES}: {unchained} facts about the whole study are not chained, as a bundle of some sites does not "
            f"have everybody's chain; they stand, by their source, in {CHAIN} of a bundle of all sites"
        )
    checked.read.append(f"{len(told)} facts about sites")


def _require_told(file: str, name: str, rows: object, manifest: Manifest, checked: Checked) -> None:
    """A trail has it, or in the first releases only where the trail counts it."""
    trail = manifest.get("parts", {}).get("trail")
    if rows is None and trail is not None and (generation(manifest) > 1 or name in trail):
        checked.flaws.append(f"{file} is not there")


def _aside(folder: Path, manifest: Manifest, checked: Checked) -> None:
    """Everything set aside is listed, and each decision is a fact on a chain."""
    rows = _csv(folder / ASIDE)
    _require_told(ASIDE, "set_aside", rows, manifest, checked)
    if rows is None:
        return
    count, decided = 0, dict[str, str]()
    for row in rows:
        count += 1
        if row["state"] == "settled":
            decided[row["source"]] = row["item"]
    for row in _csv(folder / CHAIN) or ():
        decided.pop(row["id"], None)
    checked.flaws += [f"{ASIDE}: {item} has a decision that stands in no fact of a chain" for item in decided.values()]
    checked.count(ASIDE, "set_aside", count, manifest, "rows")
    checked.read.append(f"{count} set aside")


def _archive(folder: Path, manifest: Manifest, checked: Checked) -> None:
    """Every text hashed again, and the hash of the whole content."""
    if not (folder / FACTS).exists():
        return
    content, count = hashlib.sha256(), 0
    with zipfile.ZipFile(folder / FACTS) as facts:
        if any(one.compress_type not in _METHODS for one in facts.infolist()):
            raise ValueError("compressed in another way than bundles are")
        with facts.open(MANIFEST) as listed:
            tables = json.loads(listed.read(_MOST_CHARACTERS))["tables"]
        shapes = {one["shape"]["name"]: one["shape"]["columns"] for one in tables}
        for table in sorted(manifest["canonical"]):
            names = manifest["canonical"][table]
            content.update(f"{table} {' '.join(names)}\n".encode())
            for row in _rows(facts, table, shapes[table]):
                content.update(f"{_compact([row[name] for name in names])}\n".encode())
                count += 1
                if not _is_as_hashed(table, row):
                    checked.flaws.append(f"{FACTS}: {table} {row['id']} was changed")
    checked.compare("the content of the cut", content.hexdigest(), manifest["cut"]["content_sha256"])
    checked.read.append(f"{count} facts verbatim")


def _rows(facts: zipfile.ZipFile, table: str, columns: Iterable[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    names = [one["name"] for one in columns]
    with facts.open(f"tables/{table}.ndjson") as raw:
        lines = io.TextIOWrapper(raw, encoding="utf-8")
        while line := lines.readline(_MOST_CHARACTERS):
            yield dict(zip(names, json.loads(line), strict=True))


def _is_as_hashed(table: str, row: Mapping[str, Any]) -> bool:
    match table:
        case "record":
            text = row["text"]
        case "quarantine":
            return row["sha256"] in _hashes(b64decode(row["data"]))
        case "participant_fact":
            names = ("author", "id", "participant", "revision", "sequence")
            text = _fact(row, names)
        case "site_fact":
            text = _fact(row, ("author", "id", "kind", "sequence", "site"))
        case _:
            return True
    return bool(hashlib.sha256(bytes.fromhex(row["previous"]) + text.encode()).hexdigest() == row["hash"])


def _hashes(data: bytes) -> Iterator[str]:
    """Of text that is no record the plain hash; of a record the one that chains it."""
    yield hashlib.sha256(data).hexdigest()
    try:
        yield hashlib.sha256(bytes.fromhex(json.loads(data)["previous"]) + data).hexdigest()
    except (ValueError, TypeError, KeyError, RecursionError):
        return


def _fact(row: Mapping[str, Any], names: Iterable[str]) -> str:
    covered = {name: row[name] for name in names} | {"body": json.loads(row["body"]), "at": _moment(row["at"])}
    return json.dumps(covered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _moment(milliseconds: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _csv(file: Path) -> Iterator[dict[str, str]] | None:
    """Its rows; None when the bundle does not have it."""
    return read_csv(file) if file.exists() else None


def main() -> int:
    """The command."""
    asked = argparse.ArgumentParser(description="Checks a bundle: every file, every count, every chain.")
    asked.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    asked.add_argument("--manifest", default="", help="SHA-256 of manifest.json, as the trail of the study has it.")
    wanted = asked.parse_args()
    checked = check(wanted.folder)
    checked.hold_manifest(wanted.manifest)
    print("Read: " + "; ".join(checked.read) + ".")  # noqa: T201
    print(f"SHA-256 of {MANIFEST}: {checked.manifest_sha256}")  # noqa: T201
    for one in checked.open:
        print(f"OPEN   {one}")  # noqa: T201
    for flaw in checked.flaws[:_MOST_TOLD]:
        print(f"WRONG  {flaw}")  # noqa: T201
    print(f"{len(checked.flaws)} flaws." if checked.flaws else checked.verdict)  # noqa: T201
    return 1 if checked.flaws else 0


if __name__ == "__main__":
    sys.exit(main())
