"""Whether the installed program is what was released, and whether its secrets are for their owner only."""

import base64
import hashlib
import stat
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, PackagePath, distribution
from pathlib import Path

from server import push_services, sealing
from server.db.engine import make_engine, sqlite_file
from server.own_secret import FORMER_FILE, SECRET_FILE
from server.qualify.finding import Finding, held, left_open
from server.settings import Settings

NAME = "program: files"
RELEASED = "every file has the hash that the release gave it"
_OF_THE_PROGRAM = ("diary_app", "server")
_OTHERS = 0o077
_SHOWN = 3


def integrity(found: Distribution | None = None) -> Finding:
    """Compare the installed files with the list that came with them (RECORD of the wheel)."""
    try:
        found = found or distribution("xerodiary")
    except PackageNotFoundError:
        return left_open(NAME, RELEASED, "the program is not installed as a package", "Install the released wheel.")
    listed = [file for file in found.files or () if file.hash and file.parts[0] in _OF_THE_PROGRAM]
    if not listed:
        return left_open(NAME, RELEASED, "it runs from a checkout, without such a list", "Install the released wheel.")
    wrong = [*_altered(listed), *_added(found, listed)]
    seen = f"{len(listed)} files as released" if not wrong else f"{len(wrong)} differ: {', '.join(wrong[:_SHOWN])}"
    return held(NAME, RELEASED, seen, holds=not wrong, remedy="Install the release again, and find out who changed it.")


def permissions(settings: Settings) -> list[Finding]:
    """Secrets, database and backups: out of reach for other users of the machine."""
    return [_for_owner_only(f"rights: {file.name}", file) for file in _private(settings) if file.exists()]


def _altered(listed: list[PackagePath]) -> Iterator[str]:
    for file in listed:
        try:
            content = Path(str(file.locate())).read_bytes()
        except OSError:
            yield f"{file} is missing"
            continue
        assert file.hash is not None
        digest = base64.urlsafe_b64encode(hashlib.new(file.hash.mode, content).digest()).decode().rstrip("=")
        if digest != file.hash.value:
            yield f"{file} was changed"


def _added(found: Distribution, listed: list[PackagePath]) -> Iterator[str]:
    """Python reads a module that nobody released as gladly as any other."""
    known = {Path(str(file.locate())).resolve() for file in listed}
    for package in _OF_THE_PROGRAM:
        folder = Path(str(found.locate_file(package)))
        for file in sorted(folder.rglob("*.py")):
            if file.resolve() not in known:
                yield f"{file.relative_to(folder.parent)} was added"


def _private(settings: Settings) -> Iterator[Path]:
    """Files; what lies in the var folder is as safe as the folder."""
    var = settings.var_folder
    yield var
    yield from (var / SECRET_FILE, var / FORMER_FILE, sealing.key_file(settings), push_services.key_file(settings))
    engine = make_engine(settings.database_url)
    file = sqlite_file(engine)
    engine.dispose()
    if file is not None and file.parent.resolve() != var.resolve():
        yield file.parent if _is_closed(file.parent) else file
    if settings.backup_folder is not None:
        yield from sorted(settings.backup_folder.glob("*.zip"))[-1:]


def _is_closed(file: Path) -> bool:
    return file.exists() and not stat.S_IMODE(file.stat().st_mode) & _OTHERS


def _for_owner_only(name: str, file: Path) -> Finding:
    mode = stat.S_IMODE(file.stat().st_mode)
    return held(
        name, "nobody but its owner reads or writes it", f"{file}: {mode:04o}", holds=not mode & _OTHERS,
        remedy=f"chmod go= {file}",
    )  # fmt: skip
