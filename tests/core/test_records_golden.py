"""Golden records: the same bytes and the same hash on every Python there is, for ever."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from diary_app.core.chain import follow
from diary_app.core.records import parse
from tests.core.golden_check import differences

REPOSITORY = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden" / "records.json"
PYTHONS = [sys.executable, *filter(None, [shutil.which("python3.14")])]


def test_records_are_as_they_always_were() -> None:
    assert differences(GOLDEN.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("python", PYTHONS)
def test_every_python_here_makes_the_same_records(python: str) -> None:
    command = [python, "-m", "tests.core.golden_check", str(GOLDEN)]

    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)

    assert ran.stdout.startswith("agrees on"), ran.stdout + ran.stderr


def test_a_changed_vector_shows() -> None:
    golden = GOLDEN.read_text(encoding="utf-8").replace('"DMD01": 7', '"DMD01": 8')

    assert "a first entry: composed another body" not in differences(golden)
    assert any(problem.startswith("a first entry: composed hash") for problem in differences(golden))


def test_the_vectors_of_one_device_are_a_chain() -> None:
    vectors = [vector for vector in json.loads(GOLDEN.read_text(encoding="utf-8")) if "text" in vector]
    head = follow(parse(vector["text"]) for vector in vectors)

    assert (head.sequence, head.hash) == (7, vectors[6]["hash"])
