"""Writes down which keys of `[tool.flet]` Flet's build command reads, so that a test can tell a slip from a key.

Fetches the wheel of `flet-cli` in the pinned version and reads its source; nothing of it is installed or run. Run it
after a change of Flet's version. Needs the network, and says so when it could not look.

    python scripts/flet_build_keys.py
"""

import ast
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
KEYS = ROOT / "tests" / "native" / "flet_build_keys.txt"
PLATFORMS = ("android", "ios", "macos", "windows", "linux", "web")
#: Methods of the build command that look below `tool.flet.<platform>` and then below `tool.flet`.
FOR_ANY_PLATFORM = {"get_platform_setting": 0, "get_bool_setting": 1}
#: Read by the Flutter project's template, which is not in the wheel: Flet's repository, `sdk/python/templates/build`.
IN_THE_TEMPLATE = ("android.manifest_application", "android.min_sdk_version", "android.target_sdk_version")
#: Read by the desktop client's starter.
BY_THE_DESKTOP = ("desktop_flavor",)
COULD_NOT_LOOK = "The keys could not be checked: flet-cli {version} could not be fetched. Try again with a network.\n"


def pinned() -> str:
    """Flet's version in pyproject."""
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    return next(line.removeprefix("flet==") for line in dependencies if line.startswith("flet=="))


def build_command(version: str) -> str:
    """The source of the build command. Raises CalledProcessError when the wheel cannot be fetched."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "-d", folder]
        subprocess.run([*command, f"flet-cli=={version}"], check=True)  # noqa: S603
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            return wheel.read("flet_cli/commands/build_base.py").decode()


def keys_in(source: str) -> set[str]:
    """Every key below `tool.flet`, with one line for each platform where the platform is put in."""
    tree = ast.parse(source)
    found = {spelt for node in ast.walk(tree) for text in texts_of(node) for spelt in on_platforms(text)}
    return {key for key in found if re.fullmatch(r"[a-z_]+(\.[a-z_]+)*", key)}


def texts_of(node: ast.AST) -> Iterator[str]:
    """Keys that this piece of the source names, `*` where the platform is put in."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get_pyproject":
        yield from (words.removeprefix("tool.flet.") for words in map(spelt, node.args) if "tool.flet." in words)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FOR_ANY_PLATFORM:
        key = spelt(node.args[FOR_ANY_PLATFORM[node.func.attr]])
        yield from (key, f"*.{key}")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "splash_setting":
        key = spelt(node.args[0])
        yield from (f"splash.{key}", f"*.splash.{key}")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"enabled", "color"}:
        key = spelt(node.args[1])
        yield from (f"splash.{key}", f"*.splash.{key}")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "merged":
        key = spelt(node.args[0])
        yield from (key, f"*.{key}")


def spelt(node: ast.AST) -> str:
    """A text of the source; what is put in becomes `*`."""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else "*"


def on_platforms(key: str) -> list[str]:
    """The key for each platform."""
    return [key.replace("*", platform, 1) for platform in PLATFORMS] if key.startswith("*.") else [key]


def main() -> int:
    """Write the list; 1 when the wheel could not be had."""
    version = pinned()
    try:
        keys = keys_in(build_command(version)) | {*IN_THE_TEMPLATE, *BY_THE_DESKTOP}
    except subprocess.CalledProcessError:
        sys.stderr.write(COULD_NOT_LOOK.format(version=version))
        return 1
    head = f"# Keys of [tool.flet] that flet-cli {version} reads; written by scripts/flet_build_keys.py.\n"
    KEYS.parent.mkdir(parents=True, exist_ok=True)
    KEYS.write_text(head + "".join(f"{key}\n" for key in sorted(keys)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
