"""What is inside the web app, and what must never be."""

import ast
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from diary_app.web.source import AppSource, folder_source
from diary_app.web.wheels import LOCK, is_needed

ROOT = Path(__file__).parents[2]
NOT_FOR_PHONES = {
    "alembic", "apscheduler", "argon2", "babel", "fastapi", "flet_web", "hypothesis", "jinja2", "msgspec", "mypy",
    "oauthlib", "playwright", "psycopg", "pytest", "sqlmodel", "starlette", "structlog", "typer", "uvicorn",
}  # fmt: skip
IN_THE_BROWSER = {"js", "pyodide", "diary_host", "diary_app"}
IMPORT_NAMES = {"flet-charts": "flet_charts", "typing-extensions": "typing_extensions"}


def locked_names() -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE))


def imports_of(source: bytes) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


def modules_named_in(source: bytes) -> set[str]:
    """Our own modules, as paths without their ending; a name out of one may be a module too."""
    named = set[str]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name.replace(".", "/") for name in named if name.startswith("diary_app.")}


def has_wording(item: dict[str, Any]) -> bool:
    texts = [item.get(key) for key in ("text", "low_label", "high_label", "not_applicable")]
    return any(texts) or any(choice.get("label") for choice in item.get("choices", []))


def test_only_the_app_and_its_assets_ship(shipped: AppSource) -> None:
    allowed = re.compile(
        r"main\.py|xerodiary-1\.2\.3\.dist-info/METADATA"
        r"|diary_app/((core|sealing|storage|sync|screens|widgets)/)?[a-z_]+\.(py|typed)"
        r"|diary_app/assets/(instruments|studies)/[a-z0-9.-]+\.toml"
        r"|diary_app/assets/translations/[a-z]{2}/LC_MESSAGES/diary\.mo"
    )
    assert [name for name in shipped.files if not allowed.fullmatch(name)] == []


def test_the_parts_that_must_ship_do(shipped: AppSource) -> None:
    for name in (
        "core/wire.py",
        "sealing/browser.py",
        "resources.py",
        "assets/instruments/dmd-1.0.toml",
        "assets/studies/mesrix-more.toml",
    ):
        assert f"diary_app/{name}" in shipped.files
    assert "diary_app/assets/translations/da/LC_MESSAGES/diary.mo" in shipped.files


def test_builder_server_and_tests_stay_behind(shipped: AppSource) -> None:
    assert not any(re.search(r"(^|/)(web|server|tests|licences)/", name) for name in shipped.files)
    assert "diary_app/sealing/native.py" not in shipped.files


def test_the_app_has_every_module_that_it_names_and_no_other(shipped: AppSource) -> None:
    modules = {name.removesuffix(".py"): code for name, code in shipped.files.items() if name.endswith(".py")}
    named = set().union(*(modules_named_in(code) for code in modules.values()))
    ours = {path.relative_to(ROOT).with_suffix("").as_posix() for path in (ROOT / "diary_app").rglob("*.py")}
    assert (named & ours) - set(modules) == {"diary_app/sealing/native"}, "natively only"
    packages = {name for name in modules if name.endswith("__init__")}
    assert set(modules) - named - packages == {"main"}


def test_no_wording_of_licensed_questionnaires_ships(shipped: AppSource) -> None:
    instruments = {name: tomllib.loads(text.decode()) for name, text in shipped.files.items() if "instruments/" in name}
    licensed = {name: one for name, one in instruments.items() if one["instrument"]["wording"] == "licensed"}
    assert licensed
    assert [name for name, one in licensed.items() for item in one["items"] if has_wording(item)] == []


def test_every_import_of_the_app_is_there_in_the_browser(shipped: AppSource) -> None:
    available = {IMPORT_NAMES.get(name, name) for name in locked_names()} | IN_THE_BROWSER | sys.stdlib_module_names
    wanted = {name: imports_of(code) - available for name, code in shipped.files.items() if name.endswith(".py")}
    assert {name: missing for name, missing in wanted.items() if missing} == {}


def test_no_mapper_is_loaded_in_the_browser(shipped: AppSource) -> None:
    code = {name: text.decode() for name, text in shipped.files.items() if name.endswith(".py")}
    mapper = re.compile(r"(import|from) (sqlmodel|sqlalchemy\.(orm|ext))")
    assert [name for name, text in code.items() if mapper.search(text)] == []


def test_wheels_of_server_and_tests_are_not_locked_for_the_browser() -> None:
    assert {name.replace("-", "_") for name in locked_names()} & NOT_FOR_PHONES == set()


@pytest.mark.parametrize(
    "name",
    [
        "sqlalchemy/dialects/postgresql/base.py", "sqlalchemy/testing/config.py", "sqlalchemy/orm/mapper.py",
        "pydantic/v1/main.py",
        "flet/testing/tester.py", "httpx-0.28.1.dist-info/RECORD", "six-1.17.0.dist-info/LICENSE",
        "msgpack/_cmsgpack.pyx", "segno/cli.py", "segno-1.6.6.data/data/share/man/man1/segno.1",
    ],
)  # fmt: skip
def test_parts_that_no_phone_runs_are_dropped(name: str) -> None:
    assert not is_needed(name)


@pytest.mark.parametrize(
    "name",
    [
        "sqlalchemy/dialects/sqlite/base.py",
        "pydantic/main.py",
        "tzdata/zones",
        "httpx-0.28.1.dist-info/METADATA",
        "segno/__init__.py",
    ],
)
def test_parts_that_a_phone_runs_are_kept(name: str) -> None:
    assert is_needed(name)


def test_a_folder_without_main_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"has no main\.py.*web_build_failed"):
        folder_source(tmp_path)
