"""Compare records with their golden vectors; plain code, so that CPython of any version and Pyodide run the same.

As a program: `python -m tests.core.golden_check GOLDEN_FILE` in the repository; prints what differs.
"""

import json
import sys
from pathlib import Path
from typing import Any

from diary_app.core.records import Record, compose, parse


def differences(golden: str) -> list[str]:
    """What differs from the vectors in the JSON text given; empty when all agree."""
    found = []
    for vector in json.loads(golden):
        made = compose(**_stretched(vector["record"]))
        found += [f"{vector['name']}: composed {wrong}" for wrong in _wrong(made, vector)]
        found += [f"{vector['name']}: parsed {wrong}" for wrong in _wrong(parse(made.text), vector)]
    return found


def _wrong(record: Record, vector: dict[str, Any]) -> list[str]:
    wrong = []
    if record.text != vector.get("text", record.text):
        wrong.append(f"text {record.text!r}")
    if len(record.text.encode()) != vector["bytes"]:
        wrong.append(f"{len(record.text.encode())} bytes")
    if record.hash != vector["hash"]:
        wrong.append(f"hash {record.hash}")
    if dict(record.body) != _stretched(vector["record"])["body"]:
        wrong.append("another body")
    return wrong


def _stretched(record: dict[str, Any]) -> dict[str, Any]:
    """A body value {"repeat": text, "times": n} stands for the long text, to keep the file short."""
    body = {key: _long(value) for key, value in record["body"].items()}
    return {**record, "body": body}


def _long(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"repeat", "times"}:
        return value["repeat"] * value["times"]
    return value


if __name__ == "__main__":
    problems = differences(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.stdout.write("\n".join(problems) or f"agrees on {sys.version_info.major}.{sys.version_info.minor}")
    sys.exit(bool(problems))
