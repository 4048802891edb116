"""Refreshes the lock files from pyproject: dev.lock and server.lock for every platform, build.lock for what builds the
package there, web.lock for the browser.

Needs the network. `python scripts/lock.py` writes all of them; `python scripts/lock.py web` only the browser's.
"""

import hashlib
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from diary_app.web.wheels import FOR_THE_BROWSER  # noqa: E402

LOCKS = ROOT / "requirements"
EXTRAS = {"dev.lock": ("server", "dev"), "server.lock": ("server",)}
# Pulled in by metadata, never imported in the browser: certificates and log-in by OAuth are the browser's own affair.
NOT_IN_THE_BROWSER = ("certifi", "oauthlib")
HEAD = "# Wheels for the browser, one by one; written by scripts/lock.py from [project].dependencies.\n"


def lock_for_machines(name: str) -> None:
    """One file for all platforms and Pythons that pyproject admits."""
    extras = [word for extra in EXTRAS[name] for word in ("--extra", extra)]
    _compiled(name, *extras, str(ROOT / "pyproject.toml"))


def lock_for_building() -> None:
    """What turns the sources into a package, in the versions that the tests run with."""
    system = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    _compiled("build.lock", "--constraint", str(LOCKS / "dev.lock"), "-", wanted="\n".join(system["requires"]))


def _compiled(name: str, *words: str, wanted: str | None = None) -> None:
    command = [
        sys.executable, "-m", "uv", "pip", "compile", "--universal", "--generate-hashes", "--no-header",
        "--no-annotate", "--quiet", "--upgrade", "--output-file", str(LOCKS / name), *words,
    ]  # fmt: skip
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, input=wanted, text=True)  # noqa: S603


def lock_for_the_browser() -> None:
    """Let pip choose the wheels that Pyodide can run, then write down exactly those."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", *FOR_THE_BROWSER, "-d", folder]
        subprocess.run([*command, *for_the_browser(project["dependencies"])], check=True)  # noqa: S603
        lines = [locked(wheel) for wheel in sorted(Path(folder).glob("*.whl"), key=lambda wheel: wheel.name.lower())]
    wanted = [line for line in lines if not line.startswith(NOT_IN_THE_BROWSER)]
    (LOCKS / "web.lock").write_text(HEAD + "".join(wanted), encoding="utf-8")


def for_the_browser(dependencies: list[str]) -> list[str]:
    """Without what only other platforms need: pip would ask the machine it runs on, not the browser."""
    wanted = map(Requirement, dependencies)
    return [str(one) for one in wanted if not one.marker or one.marker.evaluate({"sys_platform": "emscripten"})]


def locked(wheel: Path) -> str:
    """`name==version --hash=...`, read from the wheel's file name and bytes."""
    name, version = wheel.name.split("-")[:2]
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{name.replace('_', '-').lower()}=={version} \\\n    --hash=sha256:{digest}\n"


def main() -> None:
    """Refresh what is named, or everything."""
    wanted = sys.argv[1:] or ["dev", "server", "build", "web"]
    for name in EXTRAS:
        if name.removesuffix(".lock") in wanted:
            lock_for_machines(name)
    if "build" in wanted:
        lock_for_building()
    if "web" in wanted:
        lock_for_the_browser()


if __name__ == "__main__":
    main()
