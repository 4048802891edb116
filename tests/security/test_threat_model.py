"""The threat model names tests that exist, and leaves out no kind of threat at any boundary."""

import re
from itertools import pairwise

import pytest

from tests.security.named import ROOT, is_there

PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
_HEAD = re.compile(r"^### (B\d) .+$", re.MULTILINE)
_LINE = re.compile(r"^\| ([STRIDE]) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
NAMED = sorted(set(re.findall(r"`(tests/[^`]+)`", PAGE)))


def sections() -> dict[str, str]:
    heads = list(_HEAD.finditer(PAGE))
    ends = [*(head.start() for head in heads), PAGE.index("\n## Before a release")]
    return {head[1]: PAGE[begin:end] for head, (begin, end) in zip(heads, pairwise(ends), strict=True)}


@pytest.mark.parametrize("named", NAMED)
def test_every_test_that_is_named_exists(named: str) -> None:
    assert is_there(named)


def test_every_boundary_of_the_picture_has_its_table() -> None:
    drawn = set(re.findall(r"\|(B\d)\b", PAGE[PAGE.index("```mermaid") : PAGE.index("Letters:")]))
    assert drawn == set(sections())
    assert len(drawn) == 7


@pytest.mark.parametrize("boundary", sorted(sections()))
def test_every_boundary_has_a_line_for_each_letter(boundary: str) -> None:
    lines = _LINE.findall(sections()[boundary])
    assert [letter for letter, *_ in lines] == list("STRIDE")
    assert all(threat and guard and "`tests/" in proof for _, threat, guard, proof in lines)


def test_a_test_that_is_not_there_is_found() -> None:
    assert not is_there("tests/security/test_threat_model.py::test_of_mallory")
    assert not is_there("tests/security/test_of_mallory.py")
