"""Bundles made in the background, each in a folder of its own below the var folder, for whoever asked to take away.

One is made at a time on a machine. A lock that dies with its process tells a run from one that was cut off. What the
folder holds is for the account that asked, for a week; that it was made stands in the trail for good.
"""

import fcntl
import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from diary_app.core.errors import Code, CommandRefused, XerodiaryError
from server.background import Stopped
from server.backup.archive import named_member
from server.db import looks
from server.db.writer import LAST
from server.export.content import CutKind
from server.export.drafts import hold, is_held
from server.export.wanted import Made, Progress, Wanted
from server.logs import logger
from server.secret_files import make_folder
from server.services import Services

KEPT_FOR = timedelta(days=7)
WAITING_AT_MOST = 3
_LOOK_AGAIN_SECONDS = 0.5
_BLOCK = 1 << 20
_JOB, _BUNDLE, _ZIP = "job.json", "bundle", "bundle.zip"
_log = logger()


class Stage(StrEnum):
    """How far a run is. `stopped`: the server ended while it ran."""

    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    STOPPED = "stopped"


class Job(BaseModel):
    """One run. `percent`: how much is done; `code`: why it failed; `sha256` and `bytes`: of the file to take away."""

    model_config = ConfigDict(frozen=True)

    id: str
    account: str
    asked_at: datetime
    kind: CutKind
    formats: tuple[str, ...]
    sites: tuple[str, ...] | None
    is_test: bool
    stage: Stage = Stage.RUNNING
    percent: int = 0
    at: datetime | None = None
    sha256: str = ""
    bytes: int = 0
    manifest_sha256: str = ""
    participants: int = 0
    code: str = ""


class Maker(Protocol):
    """Makes the bundle; see `bundle.make_bundle`."""

    def __call__(
        self, services: Services, folder: Path, wanted: Wanted, *, author: str, progress: Progress | None = None
    ) -> Made:
        """Raises `CommandRefused`."""
        ...


def make_bundle(
    services: Services, folder: Path, wanted: Wanted, *, author: str, progress: Progress | None = None
) -> Made:
    """The one of `bundle`, loaded with all formats by the first run: a server that makes none has less to hold."""
    from server.export import bundle  # noqa: PLC0415 - see above

    return bundle.make_bundle(services, folder, wanted, author=author, progress=progress)


def start(services: Services, wanted: Wanted, account: str, make: Maker) -> Job:
    """Begin a run and come back at once. Raises `CommandRefused` (server_busy) when enough of theirs are under way."""
    under_way = [one for one in jobs_of(services, account) if one.stage is Stage.RUNNING]
    if len(under_way) >= WAITING_AT_MOST:
        raise CommandRefused(
            Code.SERVER_BUSY, "Other exports of yours are still being made.", "Wait until one of them is ready."
        )
    forget_old(services, services.environment.now())
    job = Job(
        id=services.environment.new_id(), account=account, asked_at=services.environment.now(), kind=wanted.kind,
        formats=tuple(sorted(wanted.formats)), is_test=wanted.is_test,
        sites=None if wanted.sites is None else tuple(sorted(wanted.sites)),
    )  # fmt: skip
    new = _folder(services) / f".{job.id}"
    make_folder(new)
    held = hold(new)
    _keep(new, job)
    folder = new.rename(_folder(services) / job.id)  # from here on others see it, and that it is held
    services.background.begin("export", partial(_run, services, folder, held, job, wanted, make))
    return job


def jobs_of(services: Services, account: str) -> list[Job]:
    """Theirs, the newest first."""
    found = [_read(folder) for folder in _folders(services)]
    return sorted((job for job in found if job and job.account == account), key=lambda job: job.asked_at, reverse=True)


def job_of(services: Services, account: str, name: str) -> Job | None:
    """One of theirs."""
    return next((job for job in jobs_of(services, account) if job.id == name), None)


def is_kept(services: Services, job: Job) -> bool:
    """Whether it may still be taken away."""
    return job.stage is Stage.READY and job.asked_at >= services.environment.now() - KEPT_FOR


def file_of(services: Services, job: Job) -> Path:
    """What is to be taken away once it is ready."""
    return _folder(services) / job.id / _ZIP


def name_of(job: Job) -> str:
    """What the file is called where it arrives."""
    at = f"{job.at:%Y%m%dT%H%M%SZ}" if job.at else "bundle"
    where = "".join(f"{site}-" for site in job.sites or ())
    return f"xerodiary-{'TEST-' if job.is_test else ''}{where}{job.kind.value}-{at}.zip"


def _run(services: Services, folder: Path, held: int, job: Job, wanted: Wanted, make: Maker) -> None:
    try:
        with _alone(folder.parent, services):
            ended = _made(services, folder, job, wanted, make)
    except Stopped:
        ended = job.model_copy(update={"stage": Stage.STOPPED})
    except XerodiaryError as error:
        ended = job.model_copy(update={"stage": Stage.FAILED, "code": error.code.value})
    except Exception as error:  # noqa: BLE001 - nobody else hears of it
        _log.error("export_failed", error=type(error).__name__)
        ended = job.model_copy(update={"stage": Stage.FAILED, "code": Code.SERVER_FAULT.value})
    try:
        _clear(folder)
        _keep(folder, ended)
    except OSError as error:
        _log.error("export_failed", error=type(error).__name__)
    finally:
        os.close(held)


def _made(services: Services, folder: Path, job: Job, wanted: Wanted, make: Maker) -> Job:
    shown = 0

    def progress(done: int, whole: int) -> None:
        nonlocal shown
        services.background.look_up()
        percent = 95 * done // max(1, whole)
        if percent > shown:
            shown = percent
            _keep(folder, job.model_copy(update={"percent": percent}))

    made = make(services, folder / _BUNDLE, wanted, author=job.account, progress=progress)
    file = folder / _ZIP
    zip_folder(made.folder, file, made.cut.at)
    return job.model_copy(
        update={
            "stage": Stage.READY, "percent": 100, "at": made.cut.at, "sha256": _sha256(file),
            "bytes": file.stat().st_size, "manifest_sha256": made.manifest_sha256,
            "participants": made.counts["participants"],
        }
    )  # fmt: skip


def zip_folder(folder: Path, to: Path, at: datetime) -> None:
    """The same folder gives the same bytes. Nothing is under the name until all of it is."""
    draft = to.with_name(f"{to.name}.part")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in sorted((one.relative_to(folder).as_posix(), one) for one in folder.rglob("*")):
            if file.is_file():
                with file.open("rb") as source, archive.open(named_member(name, at), "w", force_zip64=True) as member:
                    shutil.copyfileobj(source, member, _BLOCK)
    draft.replace(to)


def _folder(services: Services) -> Path:
    folder = services.settings.var_folder / "exports"
    make_folder(folder)
    return folder


def _folders(services: Services) -> list[Path]:
    return [folder for folder in _folder(services).glob("[!.]*") if folder.is_dir()]


def _read(folder: Path) -> Job | None:
    try:
        job = _told(folder)
        if job.stage is not Stage.RUNNING or is_held(folder):
            return job
        again = _told(folder)  # it may have ended in between
    except (OSError, ValueError):
        return None
    return again if again.stage is not Stage.RUNNING else job.model_copy(update={"stage": Stage.STOPPED})


def _told(folder: Path) -> Job:
    return Job.model_validate_json((folder / _JOB).read_bytes())


def _keep(folder: Path, job: Job) -> None:
    draft = folder / f"{_JOB}.new"
    draft.write_text(job.model_dump_json(), encoding="utf-8")
    draft.replace(folder / _JOB)


@contextmanager
def _alone(folder: Path, services: Services) -> Iterator[None]:
    """Wait until no other run of this machine is at work. Raises `Stopped` when the server ends meanwhile."""
    with (folder / ".lock").open("a") as lock:
        while True:
            services.background.look_up()
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                services.background.wait(_LOOK_AGAIN_SECONDS)
        yield


def _clear(folder: Path) -> None:
    """What a run leaves besides its file."""
    shutil.rmtree(folder / _BUNDLE, ignore_errors=True)
    for left in folder.glob("*.part"):
        left.unlink(missing_ok=True)


def forget_old(services: Services, now: datetime) -> int:
    """Delete what has been kept long enough, and what a killed run left of a bundle; how many bundles went."""
    gone, seen_at = 0, services.writer.run(LAST, lambda connection: looks.seen_twice(connection, "exports", now))
    for folder in _folders(services):
        if is_held(folder):
            continue
        job = _read(folder)
        if job is None:
            continue  # something that somebody else has put there
        if job.asked_at < seen_at - KEPT_FOR:
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
        else:
            _clear(folder)
    return gone


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
