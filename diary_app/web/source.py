"""What goes into app.zip: the diary without its builder, its assets, its catalogues and a main module."""

from dataclasses import dataclass
from pathlib import Path

import diary_app
from diary_app.core.catalogue import compile_po
from diary_app.web.faults import build_failed
from diary_app.web.greeting import Greeting, greetings
from diary_app.web.pack import Files, read_tree

MAIN = b"""\
import gc

gc.disable()  # loading modules leaves nothing to collect, and looking for it takes a tenth of the start
from diary_app.app import run

gc.freeze()
gc.enable()
run()
"""
#: A browser has its own cryptography; what only the server asks of the shared core would make every update larger.
LEFT_OUT = (
    "web/", "assets/", "sealing/native.py", "core/chain.py", "core/compliance.py", "core/gate.py",
    "core/instrument_sense.py", "core/locks.py", "core/preview.py", "core/prompts.py", "core/references.py",
    "core/signals.py", "core/study_check.py", "core/study_frozen.py", "core/study_sense.py", "core/study_versions.py",
    "core/visit_grading.py", "core/wishes.py",
)  # fmt: skip
PROGRAM = (".py", ".pyi", ".typed")
ASSETS = ("instruments/", "studies/")
CATALOGUE = "LC_MESSAGES/diary.po"


@dataclass(frozen=True)
class AppSource:
    """An app that the builder can turn into a web app: `files` are unpacked to one folder, `main` is run.

    `greeting`: what the page asks of somebody who has no diary yet, in each language; without one it waits for the app.
    """

    name: str
    files: Files
    greeting: Greeting | None = None


def folder_source(folder: Path) -> AppSource:
    """A folder with a `main.py` and whatever lies beside it."""
    files = {name: content for name, content in read_tree(folder).items() if "__pycache__" not in name}
    if "main.py" not in files:
        raise build_failed(f"{folder} has no main.py.", "Name a folder with a main.py that calls flet.run.")
    return AppSource(folder.name, files)


def diary_source(version: str) -> AppSource:
    """The diary itself, from a checkout or from the installed package."""
    package = Path(diary_app.__file__).parent
    files = {"main.py": MAIN, **program_files(package), **asset_files(assets_folder(package)), **metadata(version)}
    return AppSource("diary", files, greetings())


def assets_folder(package: Path) -> Path:
    """Inside the package when installed, beside it in a checkout."""
    inside = package / "assets"
    return inside if inside.is_dir() else package.parent / "assets"


def program_files(package: Path) -> dict[str, bytes]:
    """The package's modules, without the builder and what only other platforms use."""
    return {
        f"diary_app/{name}": content
        for name, content in read_tree(package).items()
        if name.endswith(PROGRAM) and not name.startswith(LEFT_OUT)
    }


def asset_files(assets: Path) -> dict[str, bytes]:
    """Instruments, studies and the app's own catalogues; licence files and the console's words stay behind."""
    shipped: dict[str, bytes] = {}
    for name, content in read_tree(assets).items():
        if name.startswith(ASSETS) and name.endswith(".toml"):
            shipped[f"diary_app/assets/{name}"] = content
        elif name.startswith("translations/") and name.endswith(CATALOGUE):
            shipped[f"diary_app/assets/{name.removesuffix('.po')}.mo"] = compile_po(content.decode())
    return shipped


def metadata(version: str) -> dict[str, bytes]:
    """Lets `importlib.metadata.version("xerodiary")` answer in the browser as it does elsewhere."""
    text = f"Metadata-Version: 2.1\nName: xerodiary\nVersion: {version}\n"
    return {f"xerodiary-{version}.dist-info/METADATA": text.encode()}
