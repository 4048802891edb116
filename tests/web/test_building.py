"""The builder: the same inputs give the same bytes, changes are noticed, and faults name their remedy."""

import hashlib
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from diary_app.core.errors import CommandRefused
from diary_app.web import wheels
from diary_app.web.builder import build, build_key
from diary_app.web.bytecode import Compiler, find_compiler, node_version, packed_program
from diary_app.web.client import client_files, own_fonts, pyodide_folder, replace_once, without_flutter_worker
from diary_app.web.compression import compressed
from diary_app.web.pack import archive, keep, read_tree
from diary_app.web.service_worker import service_worker
from diary_app.web.shell import shell_files
from diary_app.web.source import AppSource, folder_source
from diary_app.web.wheels import download_wheels

ROOT = Path(__file__).parents[2]
CACHE = ROOT / "build" / "work"
PROGRAM = {"main.py": b"WORDS = {'b', 'a', 'c'}\n\n\ndef first(word): return word in {'x', 'y', 'z'}\n"}


@pytest.fixture(scope="module")
def sample() -> AppSource:
    return folder_source(ROOT / "tests" / "web" / "sample_app")


@pytest.fixture(scope="module")
def sample_build(sample: AppSource, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("build") / "web"
    build(out, work=CACHE, app_version="1.2.3", app=sample)
    return out


def test_same_inputs_give_the_same_bytes(sample: AppSource, sample_build: Path, tmp_path: Path) -> None:
    build(tmp_path / "web", work=CACHE, app_version="1.2.3", app=sample)
    assert read_tree(tmp_path / "web") == read_tree(sample_build)


def test_second_build_reuses_what_stands(sample: AppSource, sample_build: Path) -> None:
    told: list[str] = []
    report = build(sample_build, work=CACHE, app_version="1.2.3", app=sample, progress=told.append)
    assert report.reused
    assert told == []


def test_a_change_of_the_app_changes_the_key(sample: AppSource) -> None:
    changed = replace(sample, files={**sample.files, "main.py": b"changed"})
    assert build_key(sample, None, release=False) != build_key(changed, None, release=False)


def test_compiling_twice_gives_the_same_archive(tmp_path: Path) -> None:
    compiler = find_compiler(pyodide_folder())
    first = packed_program("app", PROGRAM, compiler, tmp_path / "one")
    second = packed_program("app", PROGRAM, compiler, tmp_path / "two")
    assert first == second


def test_without_node_sources_ship(tmp_path: Path) -> None:
    packed = zipfile.ZipFile(BytesIO(packed_program("app", PROGRAM, None, tmp_path)))
    assert packed.read("main.py") == PROGRAM["main.py"]


def test_a_node_that_does_not_run_is_no_compiler() -> None:
    assert node_version(Path("/bin/false")) == ""


def test_a_syntax_error_stops_the_build(tmp_path: Path) -> None:
    compiler = find_compiler(pyodide_folder()) or Compiler(Path("/bin/false"), pyodide_folder(), "")
    with pytest.raises(CommandRefused, match="Byte-compiling failed"):
        packed_program("app", {"main.py": b"def broken(:\n"}, compiler, tmp_path)


def test_archives_are_plain_and_undated() -> None:
    packed = archive({"b.txt": b"b", "a.txt": b"a"})
    entries = zipfile.ZipFile(BytesIO(packed)).infolist()
    assert [entry.filename for entry in entries] == ["a.txt", "b.txt"]
    assert {(entry.date_time[0], entry.compress_type) for entry in entries} == {(2020, zipfile.ZIP_STORED)}
    assert archive({"a.txt": b"a", "b.txt": b"b"}) == packed


def test_service_worker_lists_every_kept_file_by_its_hash(sample_build: Path) -> None:
    text = (sample_build / "sw.js").read_text(encoding="utf-8")
    table = json.loads(text.split("const FILES = ")[1].split(";\n")[0])
    served = {name for name in read_tree(sample_build) if not name.endswith((".gz", ".br", "sw.js", "licences.txt"))}
    assert set(table) == served - {".build.json"}
    assert table["app.zip"] == hashlib.sha256((sample_build / "app.zip").read_bytes()).hexdigest()


def test_version_changes_with_any_file() -> None:
    before, _ = service_worker({"a.js": b"1"}, "code")
    after, _ = service_worker({"a.js": b"2"}, "code")
    assert before != after


def test_app_and_dependencies_travel_apart(sample_build: Path) -> None:
    app, dependencies = (zipfile.ZipFile(sample_build / name).namelist() for name in ("app.zip", "deps.zip"))
    assert not set(app) & set(dependencies)
    assert any(name.startswith("sqlalchemy/") for name in dependencies)
    assert not any(name.startswith("sqlalchemy/") for name in app)


def test_an_update_of_the_app_alone_is_small(shipped: AppSource, sample_build: Path) -> None:
    packed = packed_program("app", shipped.files, find_compiler(pyodide_folder()), CACHE / "archives")
    update = len(compressed({"app.zip": packed}, CACHE / "compressed", release=False)["app.zip.gz"])
    assert update < (sample_build / "deps.zip.gz").stat().st_size / 8


def test_every_path_of_the_shell_is_relative() -> None:
    manifest = json.loads(shell_files()["manifest.webmanifest"])
    page = shell_files()["index.html"].decode()
    assert (manifest["start_url"], manifest["scope"], manifest["name"], manifest["lang"]) == (
        "./",
        "./",
        "Dagbog",
        "da",
    )
    assert 'href="/' not in page
    assert 'src="/' not in page


def test_every_icon_of_the_manifest_is_there() -> None:
    files = shell_files()
    manifest = json.loads(files["manifest.webmanifest"])
    assert {icon["src"] for icon in manifest["icons"]} <= set(files)
    assert {icon.get("purpose", "any") for icon in manifest["icons"]} == {"any", "maskable"}


def test_no_address_of_another_origin_is_loaded_at_start() -> None:
    client = client_files()
    assert b"cdn.jsdelivr.net" not in client["main.dart.js"]
    assert b"serviceWorkerSettings" not in client["flutter_bootstrap.js"].split(b"_flutter.loader.load({")[-1]
    assert json.loads(own_fonts(b"[]"))[-1]["family"] == "Roboto"


def test_licence_texts_stay_reachable(sample_build: Path) -> None:
    text = (sample_build / "licences.txt").read_text(encoding="utf-8")
    assert "SQLAlchemy" in text
    assert "Mozilla Public License" in text


def test_a_client_that_changed_is_noticed() -> None:
    with pytest.raises(CommandRefused, match="found 0 times"):
        without_flutter_worker("_flutter.loader.load({});")
    with pytest.raises(CommandRefused, match="found 2 times"):
        replace_once("a", "b", "a or a", "the letter")


def test_a_missing_lock_file_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(CommandRefused, match=r"web\.lock is missing.*checkout"):
        download_wheels(tmp_path / "web.lock", tmp_path)


def test_a_wheel_with_other_bytes_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "web.lock"
    lock.write_text(f"six==1.17.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    with pytest.raises(CommandRefused, match="could not be downloaded"):
        download_wheels(lock, tmp_path / "cache")
    assert list((tmp_path / "cache").glob("wheels-*[!g]")) == []


def test_of_two_builds_at_once_neither_takes_the_wheels_of_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, cache = tmp_path / "web.lock", tmp_path / "cache"
    lock.write_text("six==1.17.0\n", encoding="utf-8")
    others: list[dict[str, bytes]] = []

    def fetch(_lock: Path, folder: Path) -> None:
        (folder / "half.whl").write_bytes(b"half")
        if not others:
            others.append({})
            others[0] = download_wheels(lock, cache)
        (folder / "half.whl").rename(folder / "six.whl")

    monkeypatch.setattr(wheels, "run_pip", fetch)
    assert download_wheels(lock, cache) == others[0] == {"six.whl": b"half"}
    assert len(list(cache.iterdir())) == 1


def test_what_many_keep_at_once_is_whole(tmp_path: Path) -> None:
    kept, content = tmp_path / "cache" / "app.zip", b"whole" * 100_000
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: keep(content, kept), range(64)))
    assert read_tree(tmp_path) == {"cache/app.zip": content}
