"""Runs CDISC's own rules engine (CORE) over the SDTM of a bundle, and its schemas over every Dataset-JSON.

python scripts/core_check.py ENGINE BUNDLE [--python PYTHON] [--cache FOLDER] [--also FOLDER] [--forms xpt json ndjson]

ENGINE: a checkout of cdisc-org/cdisc-rules-engine, whole, as its caches are in it. PYTHON: one that has what the engine
needs. `--also`: Dataset-JSON of the trial's own domains to lay beside ours; without a DM among them one is made of
`dm_key`, as many rules look into DM. Ends with 1 when anything is found that docs/export/sdtm.md does not list.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs

STANDARD = ("sdtmig", "3-4")
FORMS = ("xpt", "json", "ndjson")
#: Columns of the key that say when somebody's part in the trial ended.
ENDS = ("COMPLDT", "DIEDDT", "WITHDRDT")
#: Rules that fire because a diary is a part of a submission: listed in docs/export/sdtm.md.
EXPECTED = {
    "CORE-000581",  # there is no DM
    "CORE-000739",  # there is no EX
}
_DM = (
    ("STUDYID", "Study Identifier"),
    ("DOMAIN", "Domain Abbreviation"),
    ("USUBJID", "Unique Subject Identifier"),
    ("SUBJID", "Subject Identifier for the Study"),
    ("RFSTDTC", "Subject Reference Start Date/Time"),
    ("RFENDTC", "Subject Reference End Date/Time"),
    ("RFXSTDTC", "Date/Time of First Study Treatment"),
    ("RFPENDTC", "Date/Time of End of Participation"),
    ("SITEID", "Study Site Identifier"),
)

Found = Counter[tuple[str, str, str]]
"""Rule, dataset and what it says, each with how often."""


def main() -> int:
    """Prints what was found; the exit code."""
    given = arguments()
    unexpected = 0
    for form in given.forms:
        unexpected += tell(f"sdtm/*.{form}", run(given, given.bundle / "sdtm", form))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        others = lay_beside(given.bundle, given.also, folder)
        unexpected += tell(f"sdtm/*.json beside {', '.join(sorted(others))}", run(given, folder, "json"), others)
    wrong = list(against_schemas(given.engine / "resources/schema", given.bundle))
    say(f"Dataset-JSON: {len(wrong)} findings by the published schemas", *wrong)
    return 1 if unexpected or wrong else 0


def arguments() -> argparse.Namespace:
    """See the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", type=Path)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--python", default="python3.12")
    parser.add_argument("--cache", type=Path, help="of the engine; resources/cache in its checkout unless named")
    parser.add_argument("--also", type=Path)
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=FORMS)
    given = parser.parse_args()
    given.engine, given.bundle = given.engine.resolve(), given.bundle.resolve()
    if "/" in given.python:  # the engine runs in its own folder; a link in a virtual environment stays one
        given.python = str(Path(given.python).absolute())
    given.cache = (given.cache or given.engine / "resources/cache").resolve()
    return given


def run(given: argparse.Namespace, folder: Path, form: str) -> Found:
    """What the engine finds in the files of one form in `folder`; terms are those that the Define-XML names."""
    with tempfile.TemporaryDirectory() as out:
        report = Path(out) / "report"
        name, version = STANDARD
        command = [
            given.python, "core.py", "validate", "--cache", given.cache, "--standard", name, "--version", version,
            "--data", folder, "--filetype", form, "--define-xml-path", folder / "define.xml",
            "--output-format", "json", "--output", report, "--progress", "disabled",
        ]  # fmt: skip
        # The engine logs each column that it misses, thousands of lines; it is told apart by whether there is a report.
        ended = subprocess.run(command, cwd=given.engine, capture_output=True, text=True, check=False)  # noqa: S603 - as asked
        if not report.with_suffix(".json").exists():
            sys.exit(f"The engine did not get to a report:\n{ended.stdout}{ended.stderr}")
        said = json.loads(report.with_suffix(".json").read_text(encoding="utf-8"))
    about, states = said["Conformance_Details"], Counter(rule["status"] for rule in said["Rules_Report"])
    say(f"engine {about['CORE_Engine_Version']}, terms {about['CT_Version']}, rules {dict(sorted(states.items()))}")
    found: Found = Counter()
    for one in said["Issue_Details"]:
        found[one["core_id"], one["dataset"].upper(), one["message"]] += 1
    return found


def tell(what: str, found: Found, others: Collection[str] = ()) -> int:
    """Prints what was found but in `others`, which are not of the bundle; how many of it nobody expected."""
    ours = {key: number for key, number in sorted(found.items()) if key[1] not in others}
    say(f"{what}: {len(ours)} findings")
    for (rule, dataset, message), number in ours.items():
        say(f"  {'known' if rule in EXPECTED else 'NEW  '} {rule} {dataset} x {number}: {message}")
    return sum(rule not in EXPECTED for rule, _, _ in ours)


def lay_beside(bundle: Path, also: Path | None, folder: Path) -> set[str]:
    """Copies ours as Dataset-JSON and the trial's own, or a DM of what the key knows; the names of those not ours."""
    ours = sorted((bundle / "sdtm").glob("*.json"))
    theirs = sorted(also.glob("*.json")) if also else []
    for file in (*ours, bundle / "sdtm/define.xml", *theirs):
        shutil.copy(file, folder / file.name)
    others = {file.stem.upper() for file in theirs}
    if "DM" not in others:
        key = json.loads((bundle / "reference/dm_key.json").read_text(encoding="utf-8"))
        (folder / "dm.json").write_text(json.dumps(demographics(key)), encoding="utf-8")
    return others | {"DM"}


def demographics(key: dict[str, Any]) -> dict[str, Any]:
    """A DM with the dates of the key, as Dataset-JSON."""
    names = [column["name"] for column in key["columns"]]
    rows = []
    for values in key["rows"]:
        row = {name: value or "" for name, value in zip(names, values, strict=True)}
        end = max(row[name] for name in ENDS)
        row |= {"DOMAIN": "DM", "RFENDTC": end, "RFXSTDTC": row["RFSTDTC"], "RFPENDTC": end}
        rows.append([row[name] for name, _ in _DM])
    columns = [{"itemOID": f"IT.DM.{name}", "name": name, "label": label, "dataType": "string"} for name, label in _DM]
    head = {"name": "DM", "label": "Demographics", "itemGroupOID": "IG.DM", "records": len(rows)}
    return {**key, **head, "columns": columns, "rows": rows}


def against_schemas(schemas: Path, bundle: Path) -> Iterator[str]:
    """What CDISC's schemas say against any Dataset-JSON of the bundle; of NDJSON the first line is the metadata."""
    whole, first = (
        jsonschema_rs.validator_for(json.loads((schemas / name).read_text(encoding="utf-8")))
        for name in ("dataset.schema.json", "dataset-ndjson-schema.json")
    )
    for folder in ("sdtm", "adam", "reference"):
        for file in sorted((bundle / folder).glob("*json")):
            with file.open(encoding="utf-8") as lines:
                validator, text = (first, lines.readline()) if file.suffix == ".ndjson" else (whole, lines.read())
                head = json.loads(text)
                rows = [json.loads(line) for line in lines] or head.get("rows", [])
            errors = [f"  {file.name}: {error.message}" for error in validator.iter_errors(head)]
            yield from errors
            if not errors and (len(rows) != head["records"] or {len(row) for row in rows} - {len(head["columns"])}):
                yield f"  {file.name}: rows are not {head['records']} of {len(head['columns'])} values"


def say(*lines: str) -> None:
    """Prints at once, as a run takes minutes."""
    for line in lines:
        print(line, flush=True)  # noqa: T201 - this is a command


if __name__ == "__main__":
    sys.exit(main())
