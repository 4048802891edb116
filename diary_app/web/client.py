"""Flet's prebuilt web client and Pyodide, from the installed flet-web: patched, and cut to what this app loads."""

import json
import re
from pathlib import Path

from flet_web import get_package_web_dir  # type: ignore[import-untyped]

from diary_app.web.faults import build_failed
from diary_app.web.pack import unpack

RIVE = "rive-off/"
RIVE_STUB = b"window.RiveNative = () => new Promise(() => {});\n"

CANVASKIT = frozenset(
    f"canvaskit/{variant}{name}" for variant in ("", "chromium/") for name in ("canvaskit.js", "canvaskit.wasm")
)
# Replaced by our own page shell, or never loaded by it.
UNUSED = frozenset({
    "assets/NOTICES", "favicon.png", "flutter.js", "flutter_service_worker.js", "index.html", "main.dart.mjs",
    "main.dart.wasm", "manifest.json", "pyodide/package.json", "pyodide/pyodide.js", "pyodide/python",
    "pyodide/python_cli_entry.mjs", "python-worker.js", "python.js",
})  # fmt: skip
UNUSED_FOLDERS = ("icons/", "assets/packages/media_kit/", "assets/packages/record_web/", "assets/packages/flutter_map/",
                  "assets/packages/wakelock_plus/", "assets/packages/flutter_math_fork/")  # fmt: skip
UNUSED_KINDS = (".map", ".symbols", ".exe", ".bat", ".whl", ".ts")
# Debuggers, test runners, mail boxes, processes: nothing in the browser imports them.
UNUSED_LIBRARY = (
    "_pyrepl/", "multiprocessing/", "unittest/", "wsgiref/", "xmlrpc/", "doctest.py", "imaplib.py", "mailbox.py",
    "optparse.py", "pdb.py", "pickletools.py", "pydoc.py", "pydoc_data/",
)  # fmt: skip
UNUSED_FONT = "KaTeX"
ROBOTO = {"family": "Roboto", "fonts": [{"asset": "fonts/roboto.woff2"}]}


def client_folder() -> Path:
    """Where flet-web keeps its web client."""
    return Path(get_package_web_dir())


def pyodide_folder() -> Path:
    """Where flet-web keeps Pyodide."""
    return client_folder() / "pyodide"


def standard_library() -> dict[str, bytes]:
    """Python's standard library as Pyodide ships it, sources in a zip, without what no phone can run."""
    files = unpack((pyodide_folder() / "python_stdlib.zip").read_bytes())
    return {name: content for name, content in files.items() if not name.startswith(UNUSED_LIBRARY)}


def flutter_notices() -> str:
    """The licence texts of everything inside Flutter's client."""
    return (client_folder() / "assets" / "NOTICES").read_text(encoding="utf-8")


def client_files() -> dict[str, bytes]:
    """The client's files with every patch applied."""
    folder = client_folder()
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {name: path.read_bytes() for path in paths if is_loaded(name := path.relative_to(folder).as_posix())}
    del files["pyodide/python_stdlib.zip"]  # the builder packs its own
    return {**files, **patched(files), f"{RIVE}wasm/rive_native.js": RIVE_STUB}


def is_loaded(name: str) -> bool:
    """Whether the page ever asks for a file of the client."""
    if name.startswith("canvaskit/"):
        return name in CANVASKIT
    return not (name in UNUSED or name.startswith(UNUSED_FOLDERS) or name.endswith(UNUSED_KINDS))


def patched(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files that differ from what flet-web ships."""
    return {
        "flutter_bootstrap.js": without_flutter_worker(files["flutter_bootstrap.js"].decode()).encode(),
        "main.dart.js": without_rive(files["main.dart.js"].decode()).encode(),
        "assets/FontManifest.json": own_fonts(files["assets/FontManifest.json"]),
        "pyodide/pyodide-lock.json": without_packages(files["pyodide/pyodide-lock.json"]),
    }


def without_flutter_worker(bootstrap: str) -> str:
    """Flutter would register its own service worker over ours."""
    return replace_once(r"serviceWorkerSettings: \{.*?\},\n", "", bootstrap, "the service worker settings")


def without_rive(client: str) -> str:
    """The client fetches one animation library from another origin at start; ours never answers."""
    return replace_once(r'"https://cdn\.jsdelivr\.net/npm/@rive-app/[^"]*"', f'"{RIVE}"', client, "the address of rive")


def own_fonts(manifest: bytes) -> bytes:
    """Every font listed is loaded at start, so unused ones go; without Roboto in the list Flutter looks elsewhere."""
    fonts = [font for font in json.loads(manifest) if UNUSED_FONT not in font["family"]]
    return json.dumps([*fonts, ROBOTO]).encode()


def without_packages(lock: bytes) -> bytes:
    """Pyodide's list of packages it could fetch: none is fetched."""
    return json.dumps({**json.loads(lock), "packages": {}}).encode()


def replace_once(pattern: str, replacement: str, text: str, what: str) -> str:
    """Replace what must be there exactly once: a new release of Flet that changes it must not pass silently."""
    changed, count = re.subn(pattern, replacement, text, flags=re.DOTALL)
    if count != 1:
        raise build_failed(
            f"{what} was found {count} times in Flet's client.", "Adapt diary_app/web/client.py to this release."
        )
    return changed
