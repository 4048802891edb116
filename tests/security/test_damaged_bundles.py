"""A bundle or a backup that was changed is never said to hold, and never ends in a traceback or in half a database."""

import hashlib
import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as chance
from hypothesis import strategies as st
from sqlalchemy import inspect

from diary_app.core.errors import Code, CommandRefused, XerodiaryError
from server.backup import making, restoring
from server.backup.archive import MOST_BYTES, opened
from server.db.engine import make_engine
from server.export.bundle import make_bundle
from server.export.checking import FACTS, MANIFEST, check
from server.export.content import CutKind
from server.export.wanted import Scope, Wanted
from server.services import open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.security.damage import Damage, damages
from tests.server.handset import ready

EVENING = datetime.fromisoformat("2026-11-22T18:00:00+00:00")
#: Each is a restore or a check of a whole bundle; making a failure smaller would take minutes and tell no more.
some = chance(
    max_examples=int(os.environ.get("FUZZING_DEPTH", "1")) * 30,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
parts = st.integers(0, 10_000)


@pytest.fixture(scope="module")
def home(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with every fact in `bundle`, a backup in `backups`; both of Alice's first evening."""
    home, clock = tmp_path_factory.mktemp("damaged"), SimulatedEnvironment(EVENING)
    shutil.copy(sqlite_template, home / "xerodiary.sqlite")
    services = open_services(
        Settings(database_url=f"sqlite:///{home}/xerodiary.sqlite", var_folder=home / "var"), clock
    )
    alice = ready(services, ALICE)
    clock.advance(days=1)
    alice.fill_in(clock.now().date())
    alice.sync()
    clock.advance(days=3)
    making.make(services, home / "backups", clock.now())
    wanted = Wanted(CutKind.INTERIM, clock.now() - timedelta(hours=1), scope=Scope.ARCHIVE)
    make_bundle(services, home / "bundle", wanted, author="somebody")
    services.close()
    return home


@pytest.fixture(scope="module")
def bundle(home: Path) -> Path:
    return home / "bundle"


@pytest.fixture(scope="module")
def backup(home: Path) -> Path:
    return next((home / "backups").glob("*.zip"))


class Changed:
    """A file with other bytes for as long as it is looked at."""

    def __init__(self, file: Path, content: bytes) -> None:
        self._file, self._before, self._content = file, file.read_bytes(), content

    def __enter__(self) -> None:
        self._file.chmod(0o600)
        self._file.write_bytes(self._content)

    def __exit__(self, *_: object) -> None:
        self._file.write_bytes(self._before)


def files(bundle: Path) -> list[Path]:
    return sorted(file for file in bundle.rglob("*") if file.is_file())


def test_the_bundle_holds_before_anything_is_done_to_it(bundle: Path) -> None:
    assert check(bundle).flaws == []
    assert len(files(bundle)) > 20


@some
@given(number=parts, damage=damages)
def test_no_changed_byte_goes_unnoticed(bundle: Path, number: int, damage: Damage) -> None:
    file = files(bundle)[number % len(files(bundle))]
    before, known = file.read_bytes(), check_manifest(bundle)
    after = damage.on(before)
    with Changed(file, after):
        found = check(bundle)
    assert after == before or found.flaws or found.manifest_sha256 != known


@some
@given(number=parts, damage=damages)
def test_made_to_fit_it_is_told_by_the_hash_of_the_manifest(bundle: Path, number: int, damage: Damage) -> None:
    """Somebody changes a file and makes the manifest agree: whatever else is found, its hash is another."""
    file = [one for one in files(bundle) if one.name != MANIFEST][number % (len(files(bundle)) - 1)]
    manifest, known = bundle / MANIFEST, check_manifest(bundle)
    content = damage.on(file.read_bytes())
    said = json.loads(manifest.read_bytes())
    for one in said["files"]:
        if one["path"] == file.relative_to(bundle).as_posix():
            one["sha256"] = hashlib.sha256(content).hexdigest()
    with Changed(file, content), Changed(manifest, json.dumps(said).encode()):
        found = check(bundle)
    assert found.manifest_sha256 != known


@some
@given(damage=damages, number=parts)
def test_facts_inside_the_archive_are_read_with_care(bundle: Path, damage: Damage, number: int) -> None:
    """The zip is whole and its lines are not: no line of it is taken for granted."""
    with Changed(bundle / FACTS, repacked(bundle / FACTS, damage, number)):
        assert check(bundle).flaws


def repacked(file: Path, damage: Damage, number: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        names = before.namelist()
        for name in names:
            content = before.read(name)
            after.writestr(name, damage.on(content) if name == names[number % len(names)] else content)
    return made.getvalue()


def check_manifest(bundle: Path) -> str:
    return hashlib.sha256((bundle / MANIFEST).read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "text",
    [b"[" * 100_000, b'{"files": ' * 50_000, b"9" * 5000, b"[]", b'{"files": 7}', b'{"files": [7]}', b"\xff", b"NaN"],
    ids=lambda text: text[:12].decode(errors="replace"),
)
def test_a_manifest_of_any_kind_is_said_to_be_none(bundle: Path, text: bytes) -> None:
    with Changed(bundle / MANIFEST, text):
        assert check(bundle).flaws[0].startswith(f"{MANIFEST} cannot be read")


@pytest.mark.parametrize("name", ["manifest.json", "csv/long.csv", "more"])
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_is_no_plain_file_is_not_even_opened(bundle: Path, tmp_path: Path, name: str, kind: str) -> None:
    shutil.copytree(bundle, tmp_path / "copy")
    odd = tmp_path / "copy" / name
    odd.unlink(missing_ok=True)
    if kind == "link":
        odd.symlink_to("/etc/hostname")
    else:
        os.mkfifo(odd)
    assert check(tmp_path / "copy").flaws == [f"{name} is no plain file, so nothing was read"]


def bomb(file: Path, name: str, content: bytes) -> bytes:
    """The archive with another member of that name, which says how large it is."""
    made = io.BytesIO()
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for one in before.namelist():
            after.writestr(one, content if one == name else before.read(one))
    return made.getvalue()


@pytest.mark.parametrize("name", [MANIFEST, "tables/record.ndjson"])
def test_a_few_bytes_that_stand_for_many_are_not_unfolded(bundle: Path, name: str) -> None:
    small = bomb(bundle / FACTS, name, b" " * (MOST_BYTES + 10))
    assert len(small) < MOST_BYTES // 100
    with Changed(bundle / FACTS, small):
        assert any(flaw.startswith("archive cannot be checked") for flaw in check(bundle).flaws)


@pytest.mark.parametrize("name", [MANIFEST, "study.toml", "tables/record.ndjson"])
def test_neither_are_those_of_a_backup(backup: Path, name: str) -> None:
    with (
        Changed(backup, bomb(backup, name, b" " * (MOST_BYTES + 10))),
        pytest.raises(CommandRefused) as refusal,
        opened(backup) as found,
    ):
        found.verify()
    assert refusal.value.code is Code.BACKUP_UNREADABLE


@pytest.fixture
def target(tmp_path: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{tmp_path}/elsewhere.sqlite", var_folder=tmp_path / "elsewhere")


@some
@given(damage=damages, number=parts, fits=st.booleans(), is_raw=st.booleans())
def test_a_damaged_backup_fills_nothing(
    backup: Path, target: Settings, damage: Damage, number: int, fits: bool, is_raw: bool
) -> None:
    content = damage.on(backup.read_bytes()) if is_raw else fitted(backup, damage, number, fits=fits)
    with Changed(backup, content):
        refusal = refused(backup, target)
    if refusal is not None:
        assert refusal.remedy
        assert not list(tables(target)), "a database that was begun is empty again"
    for file in Path(target.var_folder).parent.glob("elsewhere*"):
        shutil.rmtree(file) if file.is_dir() else file.unlink()


def refused(backup: Path, target: Settings) -> XerodiaryError | None:
    """One of our own refusals; anything else fails the test."""
    try:
        restoring.restore(backup, target, SimulatedEnvironment(EVENING))
    except XerodiaryError as refusal:
        return refusal
    return None


def tables(target: Settings) -> Iterator[str]:
    engine = make_engine(target.database_url)
    yield from inspect(engine).get_table_names()
    engine.dispose()


def fitted(file: Path, damage: Damage, number: int, *, fits: bool) -> bytes:
    """A member is damaged, and if `fits`, the manifest says that it was written so."""
    with zipfile.ZipFile(file) as before:
        members = {name: before.read(name) for name in before.namelist()}
    manifest = json.loads(members[MANIFEST])
    name = sorted(members)[number % len(members)]
    members[name] = damage.on(members[name])
    if fits and name != MANIFEST:
        digest = hashlib.sha256(members[name]).hexdigest()
        if name in manifest["files"]:
            manifest["files"][name] = digest
        for one in manifest["tables"]:
            if name == f"tables/{one['shape']['name']}.ndjson":
                one["sha256"], one["rows"] = digest, len(members[name].splitlines(keepends=True))
        members[MANIFEST] = json.dumps(manifest).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for one, content in members.items():
            after.writestr(one, content)
    return made.getvalue()
