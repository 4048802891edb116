"""Checks a bundle of Xerodiary: every file, every count, every chain. Needs Python 3.11 and nothing else.

    python verify.py [FOLDER] [--manifest SHA256]

FOLDER is the bundle, by default the folder that this file lies in. A copy of this file is in every bundle, so that an
inspector can read what it checks, and run it without the server. Ends with 0 when everything holds, else with 1.
"""

import argparse
import csv
import hashlib
import io
import json
import sqlite3
import sys
import zipfile
import zlib
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
CHAIN = "trail/chain.csv"
AUDIT = "trail/audit_trail.ndjson"
FACTS = "archive/facts.zip"
GENESIS = "0" * 64
STATES_OVER = ("done", "late", "missed", "unknown", "excused")
_BLOCK = 1 << 20
#: What reading a damaged file may raise; NotImplementedError and RuntimeError come from a damaged zip.
_DAMAGE = (
    OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, StopIteration, csv.Error,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
_MOST_TOLD = 100


@dataclass
class Checked:
    """What was read, in words, and everything that is wrong."""

    read: list[str] = field(default_factory=list)
    flaws: list[str] = field(default_factory=list)
    manifest_sha256: str = ""

    def compare(self, what: str, found: object, said: object) -> None:
        """Note a flaw when they differ."""
        if found != said:
            self.flaws.append(f"{what}: {found} found, {said} expected")


def check(folder: Path) -> Checked:
    """Read everything below the folder. Flaws are reported; nothing is raised for a damaged bundle."""
    checked = Checked()
    try:
        data = (folder / MANIFEST).read_bytes()
        manifest = json.loads(data)
        checked.manifest_sha256 = hashlib.sha256(data).hexdigest()
        sizes = [(str(one["path"]), str(one["sha256"])) for one in manifest["files"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        checked.flaws.append(f"{MANIFEST} cannot be read ({type(error).__name__})")
        return checked
    _files(folder, sizes, checked)
    for part in (_days, _answers, _sdtm, _fhir, _chains, _audit, _archive):
        try:
            part(folder, manifest, checked)
        except _DAMAGE as error:
            checked.flaws.append(f"{part.__name__.strip('_')} cannot be checked ({type(error).__name__}: {error})")
    return checked


def _files(folder: Path, said: list[tuple[str, str]], checked: Checked) -> None:
    there = {str(file.relative_to(folder).as_posix()) for file in folder.rglob("*") if not file.is_dir()}
    for name in sorted(there - {path for path, _ in said} - {MANIFEST}):
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


def _days(folder: Path, manifest: Mapping[str, Any], checked: Checked) -> None:
    """Every expected day that was over at the cut, by its state."""
    folders = [name for name in ("csv", "states") if (folder / name / "expected_days.csv").exists()]
    for name in folders:
        _days_in(folder / name / "expected_days.csv", f"{name}/expected_days.csv", manifest, checked)


def _days_in(file: Path, called: str, manifest: Mapping[str, Any], checked: Checked) -> None:
    rows = _read_csv(file)
    at = str(manifest["cut"]["at"])
    over = Counter(row["state"] for row in rows if row["late_until_utc"] <= at and row["state"] in STATES_OVER)
    for state in STATES_OVER:
        checked.compare(f"{called}, {state}", over[state], manifest["counts"].get(state, 0))
    checked.compare(f"{called}, expected", over.total(), manifest["counts"].get("expected", 0))
    checked.read.append(f"{over.total()} expected days")


def _answers(folder: Path, manifest: Mapping[str, Any], checked: Checked) -> None:
    if (rows := _csv(folder / "csv" / "long.csv")) is None:
        return
    found = Counter("answers" if row["answer_status"] == "answered" else "skips" for row in rows)
    for name in ("answers", "skips"):
        checked.compare(f"csv/long.csv, {name}", found[name], manifest["counts"].get(name, 0))
    checked.read.append(f"{found.total()} answers")


def _sdtm(folder: Path, manifest: Mapping[str, Any], checked: Checked) -> None:
    """Answered and skipped questions, and days not done, in QS."""
    file = folder / "sdtm" / "qs.ndjson"
    if not file.exists():
        return
    with file.open(encoding="utf-8") as lines:
        names = [one["name"] for one in json.loads(next(lines))["columns"]]
        test, status = names.index("QSTESTCD"), names.index("QSSTAT")
        found: Counter[str] = Counter()
        for row in map(json.loads, lines):
            what = "days not done" if row[test] == "QSALL" else "skips" if row[status] else "answers"
            found[what] += 1
    counts, final = manifest["counts"], manifest["cut"]["kind"] == "final"
    not_done = sum(counts.get(one, 0) for one in ("missed", "excused", *(("unknown",) if final else ())))
    for what, said in (("answers", counts.get("answers", 0)), ("skips", counts.get("skips", 0)),
                       ("days not done", not_done)):  # fmt: skip
        checked.compare(f"sdtm/qs.ndjson, {what}", found[what], said)
    checked.read.append(f"{found.total()} rows of QS")


def _fhir(folder: Path, manifest: Mapping[str, Any], checked: Checked) -> None:
    """Answered and skipped questions of every response that stands."""
    file = folder / "fhir" / "QuestionnaireResponse.ndjson"
    if not file.exists():
        return
    found: Counter[str] = Counter()
    with file.open(encoding="utf-8") as lines:
        for response in map(json.loads, lines):
            if response["status"] != "entered-in-error":
                found["entries"] += 1
                found.update("answers" if "answer" in item else "skips" for item in response["item"])
    for what in ("entries", "answers", "skips"):
        checked.compare(f"fhir/QuestionnaireResponse.ndjson, {what}", found[what], manifest["counts"].get(what, 0))
    checked.read.append(f"{found['entries']} responses")


def _chains(folder: Path, manifest: Mapping[str, Any], checked: Checked) -> None:
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
    checked.compare("the ends of all chains", found, manifest["cut"]["heads_sha256"])
    checked.read.append(f"{count} facts on {len(ends)} chains")


def _audit(folder: Path, _manifest: Mapping[str, Any], checked: Checked) -> None:
    """Each row of the trail stands in a record or fact that is on a chain."""
    file, chained = folder / AUDIT, _csv(folder / CHAIN)
    if not file.exists() or chained is None:
        return
    with sqlite3.connect("") as aside:  # a temporary file where it does not fit into memory
        aside.execute("CREATE TABLE fact (id TEXT PRIMARY KEY, hash TEXT) WITHOUT ROWID")
        aside.executemany("INSERT OR REPLACE INTO fact VALUES (?, ?)", ((row["id"], row["hash"]) for row in chained))
        count, last = 0, ("", "")
        with file.open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                count += 1
                stands_in = (row["source"], row["hash"])
                if stands_in != last and not _is_known(aside, *stands_in):
                    checked.flaws.append(f"{AUDIT}: line {count} stands in no fact of a chain")
                last = stands_in
    checked.read.append(f"{count} changes in the trail")


def _is_known(aside: sqlite3.Connection, name: str, digest: str) -> bool:
    return aside.execute("SELECT 1 FROM fact WHERE id = ? AND hash = ?", (name, digest)).fetchone() is not None


def _archive(folder: Path, manifest: Mapping[str, Any], checked: Checked) -> None:
    """Every text hashed again, and the hash of the whole content."""
    if not (folder / FACTS).exists():
        return
    content, count = hashlib.sha256(), 0
    with zipfile.ZipFile(folder / FACTS) as facts:
        shapes = {one["shape"]["name"]: one["shape"]["columns"] for one in json.loads(facts.read(MANIFEST))["tables"]}
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
    with facts.open(f"tables/{table}.ndjson") as lines:
        for line in io.TextIOWrapper(lines, encoding="utf-8"):
            yield dict(zip(names, json.loads(line), strict=True))


def _is_as_hashed(table: str, row: Mapping[str, Any]) -> bool:
    match table:
        case "record":
            text = row["text"]
        case "quarantine":
            return bool(hashlib.sha256(b64decode(row["data"])).hexdigest() == row["sha256"])
        case "participant_fact":
            names = ("author", "id", "participant", "revision", "sequence")
            text = _fact(row, names)
        case "site_fact":
            text = _fact(row, ("author", "id", "kind", "sequence", "site"))
        case _:
            return True
    return bool(hashlib.sha256(bytes.fromhex(row["previous"]) + text.encode()).hexdigest() == row["hash"])


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
    return _read_csv(file) if file.exists() else None


def _read_csv(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def main() -> int:
    """The command."""
    asked = argparse.ArgumentParser(description="Checks a bundle: every file, every count, every chain.")
    asked.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    asked.add_argument("--manifest", default="", help="SHA-256 of manifest.json, as the trail of the study has it.")
    wanted = asked.parse_args()
    checked = check(wanted.folder)
    if wanted.manifest:
        checked.compare(MANIFEST, checked.manifest_sha256, wanted.manifest)
    print("Read: " + "; ".join(checked.read) + ".")  # noqa: T201
    print(f"SHA-256 of {MANIFEST}: {checked.manifest_sha256}")  # noqa: T201
    for flaw in checked.flaws[:_MOST_TOLD]:
        print(f"WRONG  {flaw}")  # noqa: T201
    print(f"{len(checked.flaws)} flaws." if checked.flaws else "Everything holds.")  # noqa: T201
    return 1 if checked.flaws else 0


if __name__ == "__main__":
    sys.exit(main())
