"""Trees of files as mappings from path to bytes: read, written, packed into archives that are always the same."""

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

Files = Mapping[str, bytes]
"""Relative path with forward slashes -> content."""

FIXED_DATE = (2020, 1, 1, 0, 0, 0)
#: How a name ends of what is not whole yet.
ARRIVING = ".arriving"


def read_tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, in order of its path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def write_tree(files: Files, folder: Path) -> None:
    """Write each file below a folder, making folders as needed."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def keep(content: bytes, file: Path) -> None:
    """Put it into a cache: whole under its name or not at all, whoever is ended and however many write it at once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f"{file.name}.", suffix=ARRIVING, delete=False) as draft:
        draft.write(content)
    Path(draft.name).replace(file)


def replace_folder(fresh: Path, standing: Path) -> None:
    """Put a finished folder in place of another in two renames; what stood there is deleted."""
    outgoing = standing.with_name(f"{standing.name}.outgoing")
    shutil.rmtree(outgoing, ignore_errors=True)
    if standing.exists():
        standing.rename(outgoing)
    fresh.rename(standing)
    shutil.rmtree(outgoing, ignore_errors=True)


def archive(files: Files) -> bytes:
    """A zip with fixed order and dates, nothing compressed inside: whoever serves it compresses the whole better."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:
        for name in sorted(files):
            packed.writestr(zipfile.ZipInfo(name, FIXED_DATE), files[name])
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """The files inside a zip or a wheel."""
    with zipfile.ZipFile(BytesIO(data)) as packed:
        return {name: packed.read(name) for name in sorted(packed.namelist()) if not name.endswith("/")}


def digest(files: Files, *more: str) -> str:
    """One SHA-256 over names and contents (and further words that matter), in hex."""
    total = hashlib.sha256()
    for word in more:
        total.update(f"{len(word)}:{word}".encode())
    for name in sorted(files):
        total.update(f"{name}\0{len(files[name])}\0".encode())
        total.update(files[name])
    return total.hexdigest()
