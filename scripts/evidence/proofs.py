"""What is promised and by which tests it is proven, as `proofs.toml` says it."""

import ast
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).with_name("proofs.toml")


@dataclass(frozen=True)
class Claim:
    """One requirement of law or guideline (R), or one feature that the README promises (F).

    `tests`: pytest's names, file and function, without parameters. `missing`: what none of them proves.
    """

    id: str
    says: str
    source: str
    tests: tuple[str, ...]
    missing: str

    @property
    def is_requirement(self) -> bool:
        """Else it is a feature."""
        return self.id.startswith("R")


def claims() -> list[Claim]:
    """All of them, in the order of the file. Raises `KeyError` for one that lacks a part."""
    with FILE.open("rb") as opened:
        read = tomllib.load(opened)
    return [_claim(one) for kind in ("requirement", "feature") for one in read[kind]]


def _claim(one: dict[str, Any]) -> Claim:
    return Claim(one["id"], one["says"], one.get("source", "README.md"), tuple(one["tests"]), one.get("missing", ""))


def exists(test: str) -> bool:
    """Whether there is a test of that name."""
    file, _, function = test.partition("::")
    return (ROOT / file).is_file() and function in _functions(ROOT / file)


@cache
def _functions(file: Path) -> frozenset[str]:
    found = ast.parse(file.read_text(encoding="utf-8")).body
    return frozenset(one.name for one in found if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
