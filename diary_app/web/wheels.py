"""The dependencies' browser wheels: downloaded by their hashes, unpacked, and cut to what a phone runs."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from diary_app.web.faults import build_failed
from diary_app.web.pack import ARRIVING, digest, unpack

PACKAGED_LOCK = Path(__file__).with_name("web.lock")
LOCK = PACKAGED_LOCK if PACKAGED_LOCK.is_file() else Path(__file__).parents[2] / "requirements" / "web.lock"
PLATFORM = "pyemscripten_2026_0_wasm32"
FOR_THE_BROWSER = (
    "--only-binary=:all:", "--platform", PLATFORM, "--python-version", "3.14",
    "--implementation", "cp", "--abi", "cp314", "--abi", "abi3", "--abi", "none",
)  # fmt: skip

# Parts of packages that no phone runs; each is imported nowhere at run time. The phone's tables need no mapper.
DROPPED_FOLDERS = (
    "sqlalchemy/dialects/mysql/", "sqlalchemy/dialects/oracle/", "sqlalchemy/dialects/mssql/",
    "sqlalchemy/dialects/postgresql/", "sqlalchemy/testing/", "sqlalchemy/orm/", "sqlalchemy/ext/",
    "pydantic/v1/", "flet/testing/", "flet/fastapi/",
)  # fmt: skip
DROPPED_FILES = frozenset(
    {"pydantic/mypy.py", "flet/pytest_plugin.py", "anyio/pytest_plugin.py", "segno/cli.py", "segno/helpers.py"}
)
DROPPED_KINDS = (".pyx", ".pxd", ".pyi", ".c", ".h")
KEPT_METADATA = frozenset({"METADATA", "entry_points.txt"})
LICENCE_TEXT = re.compile(r"\.dist-info/(licenses/.+|LICEN[CS]E[^/]*|COPYING[^/]*|NOTICE[^/]*)$", re.IGNORECASE)


def download_wheels(lock: Path, cache: Path) -> dict[str, bytes]:
    """Wheel name -> content, exactly those the lock file names; fetched once per content of the lock file."""
    if not lock.is_file():
        raise build_failed(
            f"{lock} is missing.", "Build the web app in a checkout; an installed wheel carries it built."
        )
    folder = cache / f"wheels-{digest({lock.name: lock.read_bytes()}, *FOR_THE_BROWSER)[:16]}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        arriving = Path(tempfile.mkdtemp(dir=cache, prefix=f"{folder.name}.", suffix=ARRIVING))
        try:
            run_pip(lock, arriving)
            arriving.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another build was first
                raise
        finally:
            shutil.rmtree(arriving, ignore_errors=True)
    return {wheel.name: wheel.read_bytes() for wheel in sorted(folder.glob("*.whl"))}


def run_pip(lock: Path, folder: Path) -> None:
    """Let pip fetch and check the wheels; its own words are passed on when it cannot."""
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--require-hashes", *FOR_THE_BROWSER, "-r", str(lock), "-d", str(folder),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        reason = "\n".join(line for line in done.stderr.splitlines() if line.startswith("ERROR")) or done.stderr[-600:]
        raise build_failed(f"The browser wheels could not be downloaded:\n{reason}", "Check the network and try again.")


def dependency_files(wheels: Iterable[bytes]) -> dict[str, bytes]:
    """What the wheels install, without what no phone runs."""
    return {name: content for wheel in wheels for name, content in unpack(wheel).items() if is_needed(name)}


def is_needed(name: str) -> bool:
    """Whether a file inside a wheel is used in the browser."""
    if ".dist-info/" in name:
        return name.rpartition("/")[2] in KEPT_METADATA
    if ".data/data/" in name:  # manual pages and the like
        return False
    return not (name in DROPPED_FILES or name.startswith(DROPPED_FOLDERS) or name.endswith(DROPPED_KINDS))


def licence_texts(wheels: Mapping[str, bytes]) -> dict[str, str]:
    """Wheel name -> the licence texts it carries, for the notices."""
    return {wheel: text for wheel, content in wheels.items() if (text := licences_inside(unpack(content)))}


def licences_inside(files: Mapping[str, bytes]) -> str:
    """The licence files of one unpacked wheel, one after the other."""
    return "\n\n".join(
        content.decode("utf-8", "replace") for name, content in files.items() if LICENCE_TEXT.search(name)
    )
