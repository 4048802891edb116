"""Asking the index for known faults can fail: for a fault, and for an answer that did not come."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from email.message import Message
from types import MappingProxyType
from typing import Any
from urllib.error import HTTPError

import pytest

from scripts import known_faults
from scripts.known_faults import ASKED_ABOUT, Pin, pins
from tests.web.test_lock_files import ROOT, locked

STARLETTE = next(pin for pin in pins("server.lock") if pin.name == "starlette")
FAULT: Mapping[str, Any] = MappingProxyType(
    {"id": "PYSEC-1", "aliases": ["CVE-1"], "fixed_in": ["99.1"], "withdrawn": None, "summary": "…"}
)
WORKFLOW = ROOT / ".github/workflows/advisories.yml"


class Index:
    """Knows of one fault, of one package; what it does not answer is missing. `fails`: how often it does at first."""

    def __init__(self, *faults: Mapping[str, Any], said: bytes | None = None, fails: int = 0) -> None:
        self._faults, self._said, self._fails = list(faults), said, fails
        self.asked: list[str] = []

    def __call__(self, address: str) -> bytes:
        self.asked.append(address)
        if address != f"https://pypi.org/pypi/starlette/{STARLETTE.version}/json":
            return json.dumps({"info": {}, "vulnerabilities": []}).encode()
        self._fails -= 1
        if self._fails >= 0:
            raise TimeoutError("timed out")
        return self._said or json.dumps({"vulnerabilities": self._faults}, default=dict).encode()


def test_a_fault_fails_the_run_and_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert known_faults.main(Index(FAULT)) == 1
    assert f"starlette {STARLETTE.version}: PYSEC-1, CVE-1; mended in 99.1\n" in capsys.readouterr().out


def test_nothing_known_is_success_and_everything_locked_was_asked_about() -> None:
    index = Index()
    assert known_faults.main(index) == 0
    asked = {Pin(*re.findall(r"pypi/(.+)/(.+)/json", address)[0]) for address in index.asked}
    assert {pin for lock in ASKED_ABOUT for pin in pins(lock)} == asked
    assert {(name, version) for name, some in locked("server.lock").items() for version in some} <= {
        (pin.name, pin.version) for pin in asked
    }


def test_what_was_taken_back_or_looked_into_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert known_faults.main(Index({**FAULT, "withdrawn": "2026-01-01T00:00:00Z"})) == 0
    monkeypatch.setattr(known_faults, "HARMLESS", {"CVE-1": "what has it is never called"})
    assert known_faults.main(Index(FAULT)) == 0
    assert known_faults.main(Index({**FAULT, "aliases": []})) == 1


@pytest.mark.parametrize("said", [b"<html>sign in</html>", b'{"info": {}}', b"[]", b'{"vulnerabilities": [1]}'])
def test_an_answer_that_is_none_fails_the_run(said: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    assert known_faults.main(Index(said=said)) == 2
    assert "starlette" in capsys.readouterr().out


def test_silence_fails_the_run_and_is_asked_again_before() -> None:
    assert known_faults.main(Index(fails=2)) == 0
    assert known_faults.main(Index(fails=3)) == 2


def test_what_the_index_does_not_know_fails_the_run_and_is_asked_once() -> None:
    asked = []

    def index(address: str) -> bytes:
        asked.append(address)
        raise HTTPError(address, 404, "Not Found", Message(), None)

    assert known_faults.main(index) == 2
    assert len(asked) == len(set(asked))


def test_a_fault_weighs_more_than_silence_elsewhere() -> None:
    def index(address: str) -> bytes:
        if "starlette" not in address:
            raise ConnectionRefusedError
        return json.dumps({"vulnerabilities": [dict(FAULT)]}).encode()

    assert known_faults.main(index) == 1


def test_it_needs_nothing_but_python() -> None:
    """The job installs nothing: what has a fault should not run to tell of it."""
    script = (
        "import scripts.known_faults, sys; print([one for one in sys.modules.values() if 'site-packages' in str(one)])"
    )
    told = subprocess.run([sys.executable, "-S", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


def test_a_job_asks_every_day() -> None:
    text = WORKFLOW.read_text(encoding="utf-8")
    assert re.search(r'cron: "\d+ \d+ \* \* \*"', text)
    assert "- run: make advisories\n" in text
    assert "continue-on-error" not in text
    rule = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nadvisories:\n")[2]
    assert rule.startswith("\t@$(PYTHON) scripts/known_faults.py\n")


def test_the_job_may_only_read_and_runs_nothing_that_can_change_under_its_name() -> None:
    text = WORKFLOW.read_text(encoding="utf-8")
    assert "permissions:\n  contents: read\n" in text
    used = re.findall(r"uses: (\S+)", text)
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", one) for one in used)
