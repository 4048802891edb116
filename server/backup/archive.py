"""The file of a backup: a zip with a line for each row, the study file, the keys, and last the manifest.

    tables/NAME.ndjson   the rows of one table, see `rows`
    study.toml           the study file that was live, verbatim
    sealing.key          what opens the letters of locked phones
    push.key             by which push services know the server, where it pushes
    account_names.json   in a bundle's archive alone: user names of accounts that its facts know by id only
    manifest.json        what the others are, with their counts and hashes

Any zip program and any language can read it. Whoever can read it reads what participants answered.
"""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection

from diary_app.core.errors import Code, CommandRefused
from server.backup.rows import TableShape, kept_tables, lines

FORMAT = 1
MANIFEST = "manifest.json"
_LEVEL = 6
_BUFFER = 1 << 16
#: What a row or a file beside the tables may have: a few bytes of a zip can stand for more than a machine holds.
MOST_BYTES = 1 << 25
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
#: What `zipfile` raises for a damaged file; NotImplementedError for a method of compression that it does not know.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, OSError, RuntimeError, ValueError)


class TableContent(BaseModel):
    """One table, how many rows it has and what they hash to."""

    model_config = ConfigDict(frozen=True)

    shape: TableShape
    rows: int
    sha256: str


class Manifest(BaseModel):
    """What a backup is of. `schema_revision`: of the database; `epoch`: of the copy of the data it was taken from."""

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    app_version: str
    schema_revision: str
    database: str
    study: str
    study_version: str
    epoch: str
    taken_at: datetime
    sealing_key: str
    files: dict[str, str]
    tables: tuple[TableContent, ...]

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        return {one.shape.name: one.rows for one in self.tables}


class _Numbered(BaseModel):
    """What the manifest of every format says."""

    format: int


class Digest:
    """Counts and hashes lines as they pass."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = hashlib.sha256()

    def passing(self, through: Iterator[bytes]) -> Iterator[bytes]:
        """The same lines."""
        for line in through:
            self.rows += 1
            self._hash.update(line)
            yield line

    def exhaust(self, through: Iterator[bytes]) -> "Digest":
        """Take in every line."""
        for _ in self.passing(through):
            pass
        return self

    def content(self, shape: TableShape) -> TableContent:
        """What passed, as the manifest says it."""
        return TableContent(shape=shape, rows=self.rows, sha256=self._hash.hexdigest())


def write(
    stream: IO[bytes],
    connection: Connection,
    about: Manifest,
    files: Mapping[str, bytes],
    shapes: Sequence[TableShape] | None = None,
) -> Manifest:
    """Write everything that the connection's snapshot shows, or some of its tables; the manifest as it was written.

    The same rows give the same bytes: every member carries the time of the backup.
    """
    at = about.taken_at
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        tables = tuple(_write_table(archive, connection, shape, at) for shape in shapes or kept_tables())
        for name, content in files.items():
            archive.writestr(named_member(name, at), content)
        whole = about.model_copy(update={"tables": tables, "files": {name: _sha256(files[name]) for name in files}})
        archive.writestr(named_member(MANIFEST, at), whole.model_dump_json(indent=1))
    return whole


def named_member(name: str, at: datetime) -> zipfile.ZipInfo:
    """A member that says nothing of the machine it was written on; a zip knows no year before 1980."""
    made = zipfile.ZipInfo(name, max(at.astimezone(UTC).timetuple()[:6], (1980, 1, 1, 0, 0, 0)))
    made.compress_type = zipfile.ZIP_DEFLATED
    made.create_system = 3
    made.external_attr = 0o600 << 16
    return made


def _write_table(archive: zipfile.ZipFile, connection: Connection, shape: TableShape, at: datetime) -> TableContent:
    digest = Digest()
    with (
        archive.open(named_member(_member(shape.name), at), "w", force_zip64=True) as raw,
        io.BufferedWriter(raw, _BUFFER) as member,
    ):
        for line in digest.passing(lines(connection, shape)):
            member.write(line)
    return digest.content(shape)


class Archive:
    """A backup that can be read. Every method raises `CommandRefused` (backup_unreadable) for one that is damaged."""

    def __init__(self, file: Path, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self.file = file
        self.manifest = manifest
        self._archive = archive

    def table_lines(self, name: str) -> Generator[bytes, None, None]:
        """The lines of one table; to be closed by whoever does not take them all."""
        with _readable(self.file), self._archive.open(_member(name)) as raw:
            lines = io.BufferedReader(raw, _BUFFER)  # type: ignore[type-var]
            while line := lines.readline(MOST_BYTES):
                if len(line) == MOST_BYTES:
                    raise ValueError("a row is larger than any that is written")
                yield line

    def enclosed(self, name: str) -> bytes:
        """One of the files beside the tables."""
        with _readable(self.file):
            return _whole(self._archive, name)

    def verify(self) -> None:
        """Read everything and compare counts and hashes with the manifest."""
        with _readable(self.file):
            wanted = {MANIFEST, *self.manifest.files, *(_member(one.shape.name) for one in self.manifest.tables)}
            if sorted(self._archive.namelist()) != sorted(wanted):
                raise unreadable(self.file, "parts are missing or do not belong there")
        for name, sha256 in self.manifest.files.items():
            if _sha256(self.enclosed(name)) != sha256:
                raise unreadable(self.file, f"{name} is not what was written")
        for table in self.manifest.tables:
            if Digest().exhaust(self.table_lines(table.shape.name)).content(table.shape) != table:
                raise unreadable(self.file, f"the rows of {table.shape.name} are not those that were written")


@contextmanager
def opened(file: Path) -> Iterator[Archive]:
    """Open a backup. Raises `CommandRefused` (backup_unreadable, backup_too_new)."""
    with _readable(file):
        archive = zipfile.ZipFile(file)
    with archive:
        yield Archive(file, archive, _manifest(file, archive))


def _manifest(file: Path, archive: zipfile.ZipFile) -> Manifest:
    with _readable(file):
        if any(one.compress_type not in _METHODS for one in archive.infolist()):
            raise ValueError("compressed in another way than backups are")
        text = _whole(archive, MANIFEST)
    try:
        if _Numbered.model_validate_json(text).format > FORMAT:
            raise too_new(file, "another format")
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise unreadable(file, "its manifest is not one") from error


def _whole(archive: zipfile.ZipFile, name: str) -> bytes:
    """Not a byte more than is stated comes out of a member, so what is stated decides."""
    if archive.getinfo(name).file_size > MOST_BYTES:
        raise ValueError("a part is larger than any that is written")
    return archive.read(name)


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise unreadable(file, type(error).__name__) from error


def unreadable(file: Path, why: str) -> CommandRefused:
    """A file that is damaged, cut short or no backup."""
    return CommandRefused(
        Code.BACKUP_UNREADABLE,
        f"{file} cannot be used as a backup: {why}.",
        "Nothing was changed. Take another copy of it, or the backup made before it.",
    )


def too_new(file: Path, what: str) -> CommandRefused:
    """A file of a later release."""
    return CommandRefused(
        Code.BACKUP_TOO_NEW,
        f"{file} was made by a newer release ({what}).",
        "Nothing was changed. Install that release, or a later one, and restore it there.",
    )


def _member(table: str) -> str:
    return f"tables/{table}.ndjson"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
