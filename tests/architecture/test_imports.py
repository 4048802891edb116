"""Who may import whom, as DESIGN lays it out; broken here before it is broken on a phone."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = sorted([*(ROOT / "diary_app").rglob("*.py"), *(ROOT / "server").rglob("*.py")])
EXCEPTIONS = (
    ("server.simulate", "diary_app.storage"),
    ("server.simulate", "diary_app.sync"),
    ("server.simulate", "diary_app.standing"),
    ("server.simulate", "diary_app.sealing"),
    ("server.cli", "diary_app.web"),
    ("server.cli", "diary_app.app"),
)
CORE_MAY_USE = {"pydantic", "diary_app"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def names_imported_by(*packages: str) -> Iterator[tuple[str, str]]:
    for path in CODE:
        name = module_name(path)
        if any(name == package or name.startswith(f"{package}.") for package in packages):
            yield from ((name, target) for target in imported(path))


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def test_the_app_never_imports_the_server() -> None:
    assert [pair for pair in names_imported_by("diary_app") if within(pair[1], "server")] == []


def test_core_uses_only_the_standard_library_and_pydantic() -> None:
    import sys

    foreign = [
        (name, target)
        for name, target in names_imported_by("diary_app.core")
        if target.split(".")[0] not in sys.stdlib_module_names | CORE_MAY_USE
        or (within(target, "diary_app") and not within(target, "diary_app.core"))
    ]
    assert [pair for pair in foreign if pair[1] != "diary_app"] == []


def test_the_server_takes_only_core_and_resources_from_the_app() -> None:
    allowed = ("diary_app.core", "diary_app.resources", "diary_app.VERSION")
    offenders = [
        (name, target)
        for name, target in names_imported_by("server")
        if within(target, "diary_app")
        and target != "diary_app"
        and not any(within(target, package) for package in allowed)
        and not any(within(name, user) and within(target, package) for user, package in EXCEPTIONS)
    ]
    assert offenders == []


def test_only_the_command_line_loads_the_builder_and_the_app() -> None:
    late = {"diary_app.web", "diary_app.app"}
    tree = ast.parse((ROOT / "server/cli.py").read_text(encoding="utf-8"))
    at_the_top = {name for node in tree.body if isinstance(node, ast.ImportFrom) for name in [node.module or ""]}
    assert not any(within(name, package) for name in at_the_top for package in late)


@pytest.mark.parametrize(
    "call",
    ["datetime.now", "datetime.utcnow", "date.today", "time.time", "time.monotonic", "os.urandom", "uuid4", "secrets"],
)
def test_only_the_environment_touches_clock_and_randomness(call: str) -> None:
    users = [module_name(path) for path in CODE if mentions(path, call)]
    assert set(users) <= {"diary_app.core.environment"}


def mentions(path: Path, call: str) -> bool:
    """Whether code (not text or comments) calls it or imports it."""
    called, names = used_in(path)
    return call in names or any(one.endswith(call) for one in called)


@cache
def used_in(path: Path) -> tuple[frozenset[str], frozenset[str]]:
    """What a module calls, as written, and the names that it imports; read once for all tests."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    called = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
    aliases = [alias for node in nodes if isinstance(node, ast.ImportFrom | ast.Import) for alias in node.names]
    return frozenset(called), frozenset(alias.name for alias in aliases)


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {module_name(path): {t for t in imported(path) if t.startswith(("diary_app", "server"))} for path in CODE}
    known = set(graph)
    state: dict[str, int] = {}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert state.get(name) != 1, " -> ".join([*trail, name])
        if state.get(name) == 2:
            return
        state[name] = 1
        for target in graph[name] & known - {name}:
            visit(target, (*trail, name))
        state[name] = 2

    for name in sorted(known):
        visit(name, ())


def test_every_module_says_what_it_is() -> None:
    silent = [
        module_name(p)
        for p in CODE
        if p.stat().st_size and not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_no_module_grows_past_what_one_can_keep_in_mind() -> None:
    lines = {module_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in CODE}
    assert {name: count for name, count in lines.items() if count > 350} == {}
