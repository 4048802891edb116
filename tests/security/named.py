"""Whether what a document names as evidence is there."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


def is_there(evidence: str) -> bool:
    """`file::test` for a test of that file, else a file."""
    file, _, test = evidence.partition("::")
    return (ROOT / file).is_file() and (not test or test in tests_of(file))


@cache
def tests_of(file: str) -> frozenset[str]:
    """The names of its tests, those of classes too."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )
