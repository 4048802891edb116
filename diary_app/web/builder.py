"""Builds the web app: Flet's client, Pyodide, dependencies, app, page shell and service worker in one folder.

Every path inside is relative, so the folder works under any scope; it is meant for `/app/`.
"""

import importlib.metadata
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from diary_app.web.bytecode import Compiler, find_compiler, packed_program
from diary_app.web.client import client_files, flutter_notices, pyodide_folder, standard_library
from diary_app.web.compression import compressed, methods
from diary_app.web.greeting import SCRIPT as GREETING
from diary_app.web.greeting import greeting_script
from diary_app.web.pack import Files, digest, replace_folder, write_tree
from diary_app.web.report import BuildReport, read_report, write_report
from diary_app.web.service_worker import service_worker
from diary_app.web.shell import NOTICES, SERVICE_WORKER, notices, service_worker_text, shell_files
from diary_app.web.source import AppSource, diary_source
from diary_app.web.wheels import LOCK, dependency_files, download_wheels, licence_texts

Progress = Callable[[str], None]
APP, DEPENDENCIES, STANDARD_LIBRARY = "app.zip", "deps.zip", "pyodide/python_stdlib.zip"


def build(
    out: Path,
    *,
    work: Path,
    app_version: str,
    progress: Progress = lambda _: None,
    app: AppSource | None = None,
    release: bool = False,
) -> BuildReport:
    """Make `out` a finished web app; `work` is a cache that may be deleted. Raises CommandRefused.

    The folder is replaced as a whole at the end, and left alone when nothing that goes into it has changed.
    """
    source = app or diary_source(app_version)
    compiler = find_compiler(pyodide_folder())
    key = build_key(source, compiler, release)
    standing = read_report(out)
    if standing is not None and standing.key == key:
        return replace(standing, reused=True)
    files = served_files(source, compiler, work, progress)
    version, worker = service_worker(files, service_worker_text())
    files[SERVICE_WORKER] = worker
    progress("Compressing the web app ...")
    copies = compressed(files, work / "compressed", release)
    report = describe(key, version, files, copies, compiler is not None)
    put_in_place(files | copies, report, out)
    return report


def build_key(source: AppSource, compiler: Compiler | None, release: bool) -> str:
    """One hash over everything that decides the result: app, shell, builder, wheels, Flet and compiler."""
    builder = {path.name: path.read_bytes() for path in Path(__file__).parent.glob("*.*") if path.is_file()}
    lock = {"web.lock": LOCK.read_bytes()} if LOCK.is_file() else {}
    inputs = {
        "app": {**source.files, GREETING: greeting_script(source.greeting)},
        "shell": {**shell_files(), SERVICE_WORKER: service_worker_text().encode()},
    }
    contents = {f"{part}/{name}": content for part, tree in inputs.items() for name, content in tree.items()}
    node = compiler.version if compiler else "sources"
    endings = "".join(method.ending for method in methods(release))
    return digest({**contents, **builder, **lock}, importlib.metadata.version("flet-web"), node, endings)


def served_files(source: AppSource, compiler: Compiler | None, work: Path, progress: Progress) -> dict[str, bytes]:
    """Everything but the service worker, by its path below the scope."""
    progress("Downloading the dependencies for the browser ...")
    wheels = download_wheels(LOCK, work)
    progress("Compiling for the browser ..." if compiler else "No node found: shipping sources, which start slower ...")
    programs = {
        APP: source.files,
        DEPENDENCIES: dependency_files(wheels.values()),
        STANDARD_LIBRARY: standard_library(),
    }
    return {
        **client_files(),
        **shell_files(),
        **packed_programs(programs, compiler, work / "archives"),
        GREETING: greeting_script(source.greeting),
        NOTICES: notices(flutter_notices(), licence_texts(wheels)),
    }


def packed_programs(programs: dict[str, Files], compiler: Compiler | None, cache: Path) -> dict[str, bytes]:
    """Each archive in a thread of its own: node does the work outside."""
    with ThreadPoolExecutor() as pool:
        packed = pool.map(lambda name: packed_program(Path(name).stem, programs[name], compiler, cache), programs)
        return dict(zip(programs, packed, strict=True))


def describe(key: str, version: str, files: Files, copies: Files, compiled: bool) -> BuildReport:
    """Count what was made."""
    has_brotli = any(name.endswith(".br") for name in copies)
    return BuildReport(
        key=key,
        version=version,
        files=len(files),
        raw=sum(map(len, files.values())),
        gzip=compressed_size(files, copies, ".gz"),
        brotli=compressed_size(files, copies, ".br") if has_brotli else None,
        app_zip=len(files[APP]),
        deps_zip=len(files[DEPENDENCIES]),
        compiled=compiled,
    )


def compressed_size(files: Files, copies: Files, ending: str) -> int:
    """Bytes to transfer when every file goes out in the given compression where there is a copy."""
    return sum(len(copies.get(f"{name}{ending}", content)) for name, content in files.items())


def put_in_place(files: Files, report: BuildReport, out: Path) -> None:
    """Write beside, then swap: a server that is running never sees half a build for long."""
    arriving = out.with_name(f"{out.name}.arriving")
    shutil.rmtree(arriving, ignore_errors=True)
    write_tree(files, arriving)
    write_report(report, arriving)
    replace_folder(arriving, out)
