"""Taking data out through the console: made in the background, for whoever may, noted, and nobody else's."""

import asyncio
import fcntl
import hashlib
import io
import json
import shutil
import threading
import zipfile
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from server import jobs
from server.access.roles import Role
from server.console.exports import register
from server.db import site_facts
from server.export import running
from server.export.bundle import make_bundle
from server.export.checking import check
from server.export.content import CutKind
from server.export.running import Job, Stage
from server.export.wanted import Made, Progress, Wanted
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.extracts import EXTRACT_MADE
from tests.console import staged
from tests.console.conftest import LogIn, Page
from tests.server.handset import ready

PATH = "/console/exports"
#: Twenty in a second. A run that was cut off has ended too, so this is only for one that hangs.
LOOKS = 6000


@pytest.fixture(autouse=True)
def everybody(services: Services, clock: SimulatedEnvironment) -> None:
    ready(services, "01-001")
    clock.move_to(clock.now() + timedelta(minutes=5))
    staged.account(services, "eve", (Role.EXPORTER, "*"))
    staged.account(services, "ivan", (Role.INVESTIGATOR, "odense"))
    staged.account(services, "sonja", (Role.SPONSOR, "*"))
    staged.account(services, "moses", (Role.MONITOR, "copenhagen"))


async def ended(client: httpx.AsyncClient, services: Services, name: str) -> Job:
    """The newest run of the only one who has any."""
    for _ in range(LOOKS):
        there = [job for account in accounts(services) for job in running.jobs_of(services, account)]
        if there and all(job.stage is not Stage.RUNNING for job in there):
            return max(there, key=lambda job: job.asked_at)
        await asyncio.sleep(0.05)
    raise AssertionError(f"the export of {name} did not end")


def accounts(services: Services) -> list[str]:
    with services.engine.connect() as connection:
        return [str(row[0]) for row in connection.exec_driver_sql("SELECT id FROM account")]


async def asked(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    page = Page(await client.get(PATH))
    return await client.post(PATH, data={"csrf": page.csrf, "cut": "interim", **fields})


async def test_a_bundle_is_made_taken_away_and_holds_together(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, tmp_path: Path
) -> None:
    await log_in("eve")
    answer = await asked(client)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?said=export_begun")
    job = await ended(client, services, "eve")
    assert job.stage is Stage.READY, job
    file = await client.get(f"{PATH}/{job.id}/file")
    assert hashlib.sha256(file.content).hexdigest() == job.sha256
    shown = Page(await client.get(PATH)).text
    assert job.sha256 in shown
    assert f"verify.py --manifest {job.manifest_sha256}" in shown
    with zipfile.ZipFile(io.BytesIO(file.content)) as bundle:
        bundle.extractall(tmp_path / "bundle")
    checked = check(tmp_path / "bundle")
    assert checked.flaws == []
    assert checked.manifest_sha256 == job.manifest_sha256
    register = Page(await client.get(PATH)).text
    assert job.manifest_sha256[:16] in register
    assert "Eve" in register
    told = (await client.get(f"{PATH}/{job.id}/progress")).json()
    assert told == {"stage": "ready", "percent": 100}


async def test_what_somebody_made_is_there_for_nobody_else(
    services: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    await log_in("eve")
    await asked(client)
    job = await ended(client, services, "eve")
    await log_in("sonja")
    for path in (f"{PATH}/{job.id}/file", f"{PATH}/{job.id}/progress", f"{PATH}/../file"):
        assert (await client.get(path)).status_code == 404
    assert job.id not in (await client.get(PATH)).text


@pytest.mark.parametrize(
    ("name", "formats", "sites"),
    [("ivan", "answers", ("odense",)), ("sonja", "states", None), ("moses", "states", ("copenhagen",))],
)
async def test_each_role_gets_what_it_may_and_where(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, name: str, formats: str, sites: tuple[str, ...] | None
) -> None:
    await log_in(name)
    await asked(client, format="csv") if formats == "answers" else await asked(client)
    job = await ended(client, services, name)
    assert job.stage is Stage.READY, job
    assert job.sites == sites
    assert job.formats == (("csv",) if formats == "answers" else ("states",))
    page = await client.get(PATH)
    assert ("Only some formats" in page.text) == (formats == "answers")


async def test_an_answer_is_no_answer_for_whoever_may_not(
    services: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    await log_in("sonja")
    await asked(client, format="csv")
    assert (await ended(client, services, "sonja")).formats == ("states",)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"cut": "last"}, "No kind of cut is chosen."),
        ({"until": "tomorrow"}, "The date cannot be read."),
        ({"until": "1999-01-01"}, "The date cannot be read."),
        ({"until": "2027-01-01"}, "could still change"),
        ({"format": "pdf"}, "There is no such format."),
    ],
)
async def test_bad_input_is_said_and_nothing_is_begun(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, fields: dict[str, str], said: str
) -> None:
    await log_in("eve")
    answer = await asked(client, **fields)
    assert answer.status_code >= 400
    assert said in Page(answer).text
    assert not [job for account in accounts(services) for job in running.jobs_of(services, account)]


async def test_another_site_is_refused(client: httpx.AsyncClient, log_in: LogIn) -> None:
    await log_in("ivan")
    assert (await asked(client, site="copenhagen")).status_code == 403


async def test_a_cut_before_the_study_fails_with_its_code_on_the_page(
    services: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    await log_in("eve")
    await asked(client, until="2020-01-01")
    job = await ended(client, services, "eve")
    assert (job.stage, job.code) == (Stage.FAILED, "cut_before_study")
    assert (
        "could not be made: no version of the study was in use yet at that moment." in Page(await client.get(PATH)).text
    )
    assert (await client.get(f"{PATH}/{job.id}/file")).status_code == 404


def test_a_run_that_was_cut_off_says_so_and_old_ones_go(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    folder = cut_off(services, clock)
    (stopped,) = running.jobs_of(services, "eve")
    assert stopped.stage is Stage.STOPPED
    mine = folder.with_name("mine")
    mine.mkdir()
    clock.move_to(clock.now() + running.KEPT_FOR + timedelta(seconds=1))
    jobs.forget_exports(services, clock.now())
    clock.advance(hours=1)
    running.start(services, Wanted(CutKind.INTERIM), "other", slow)
    assert running.jobs_of(services, "eve") == []
    assert (folder.exists(), mine.exists()) == (False, True)


def cut_off(services: Services, clock: SimulatedEnvironment) -> Path:
    """The folder of a run whose process has died."""
    folder = services.settings.var_folder / "exports" / "one"
    folder.mkdir(parents=True)
    left = Job(
        id="one", account="eve", asked_at=clock.now(), kind=CutKind.FINAL, formats=("csv",), sites=None, is_test=False
    )
    (folder / "job.json").write_text(left.model_dump_json())
    return folder


def test_of_several_who_look_at_once_each_sees_that_a_run_was_cut_off(
    services: Services, clock: SimulatedEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off(services, clock)
    seen: list[list[Stage]] = []
    looks = fcntl.flock

    def look_in_between(descriptor: int, how: int) -> None:
        looks(descriptor, how)
        if not seen:
            seen.append([])
            seen[0] += [one.stage for one in running.jobs_of(services, "eve")]

    monkeypatch.setattr(fcntl, "flock", look_in_between)
    assert [one.stage for one in running.jobs_of(services, "eve")] == [Stage.STOPPED]
    assert seen == [[Stage.STOPPED]]


def test_a_run_that_is_deleted_while_somebody_looks_is_gone(
    services: Services, clock: SimulatedEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = cut_off(services, clock)
    read = Job.model_validate_json

    def delete_then(raw: bytes) -> Job:
        shutil.rmtree(folder, ignore_errors=True)
        return read(raw)

    monkeypatch.setattr(Job, "model_validate_json", delete_then)
    assert running.jobs_of(services, "eve") == []


async def test_what_has_been_kept_long_enough_is_not_handed_out_and_goes_with_the_hour(
    services: Services, clock: SimulatedEnvironment, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    await log_in("eve")
    await asked(client, format="csv")
    job = await ended(client, services, "eve")
    file = running.file_of(services, job)
    assert file.exists()
    left = file.with_name("bundle.zip.part")
    left.write_bytes(b"half")
    assert jobs.forget_exports(services, clock.now()) == 0
    assert (file.exists(), left.exists()) == (True, False)
    clock.move_to(clock.now() + running.KEPT_FOR + timedelta(seconds=1))
    await log_in("eve")
    assert (await client.get(f"{PATH}/{job.id}/file")).status_code == 404
    assert jobs.forget_exports(services, clock.now()) == 0
    clock.advance(hours=1)
    assert jobs.forget_exports(services, clock.now()) == 1
    assert not file.parent.exists()


async def test_one_look_at_a_clock_far_ahead_takes_none_away(
    services: Services, clock: SimulatedEnvironment, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    await log_in("eve")
    await asked(client, format="csv")
    job = await ended(client, services, "eve")
    for _ in range(3):
        clock.advance(hours=1)
        assert jobs.forget_exports(services, clock.now()) == 0
    clock.set_clock(timedelta(days=120))
    assert [jobs.forget_exports(services, clock.now()) for _ in range(2)] == [0, 0]  # two processes, or two starts
    clock.set_clock(timedelta())
    clock.advance(hours=1)
    assert jobs.forget_exports(services, clock.now()) == 0
    assert running.is_kept(services, job)
    assert running.file_of(services, job).exists()


def test_the_register_names_a_trail_once_and_to_its_sites(services: Services, clock: SimulatedEnvironment) -> None:
    body = {"what": "trail", "format": "csv", "rows": 3, "sha256": "ab" * 32, "with_answers": 0, "filter": {}}
    cut = {"what": "bundle", "cut_kind": "final", "cut_at": "2026-11-22T18:00:00.000Z", "formats": "csv", "sites": "*"}
    with services.engine.begin() as connection:
        for site, said, later in (
            ("copenhagen", body, 0), ("odense", body, 0), ("*", {**cut, "rows": 1, "sha256": "cd" * 32}, 5),
            ("odense", {**body, "sha256": "ef" * 32}, 9),
        ):  # fmt: skip
            site_facts.append(
                connection, site=site, kind=EXTRACT_MADE, body=said, author="ines", id=services.environment.new_id(),
                at=clock.now() + timedelta(seconds=later),
            )  # fmt: skip
        everything = register.taken(connection, "x", (), everywhere=True)
        theirs = register.taken(connection, "x", ("odense",), everywhere=False)
        nobody = register.taken(connection, "x", (), everywhere=False)
    assert [one.sha256[:2] for one in everything] == ["ef", "cd", "ab"]
    assert [(one.sha256[:2], one.sites) for one in theirs] == [("ef", frozenset({"odense"}))]
    assert nobody == []


async def test_a_page_that_asks_by_itself_keeps_nobody_logged_in(
    services: Services, clock: SimulatedEnvironment, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    await log_in("eve")
    await asked(client, format="csv")
    job = await ended(client, services, "eve")
    progress, idle = f"{PATH}/{job.id}/progress", timedelta(minutes=services.settings.session_idle_minutes)
    for _ in range(3):
        clock.move_to(clock.now() + idle / 2)
        last = await client.get(progress, headers={"X-By-Itself": "1"})
    assert last.status_code != 200
    await log_in("eve")
    for _ in range(3):
        clock.move_to(clock.now() + idle / 2)
        last = await client.get(progress)
    assert last.status_code == 200


def slow(services: Services, folder: Path, wanted: Wanted, *, author: str, progress: Progress | None = None) -> Made:
    raise ValueError(json.dumps("not made"))


async def test_not_more_than_a_few_at_once(services: Services, tmp_path: Path) -> None:
    go_on = threading.Event()

    def waits(
        services: Services, folder: Path, wanted: Wanted, *, author: str, progress: Progress | None = None
    ) -> Made:
        go_on.wait()
        return make_bundle(services, folder, wanted, author=author, progress=progress)

    for _ in range(running.WAITING_AT_MOST):
        running.start(services, Wanted(CutKind.INTERIM), "eve", waits)
    try:
        with pytest.raises(Exception, match="still being made"):
            running.start(services, Wanted(CutKind.INTERIM), "eve", waits)
    finally:
        go_on.set()
    for _ in range(LOOKS):
        if all(job.stage is Stage.READY for job in running.jobs_of(services, "eve")):
            return
        await asyncio.sleep(0.05)
    raise AssertionError([job.stage for job in running.jobs_of(services, "eve")])


async def test_a_test_transfer_is_for_whoever_may_export_and_reads_nobody(
    services: Services, app: FastAPI, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    asked_of: list[Wanted] = []

    def dummies(
        services: Services, folder: Path, wanted: Wanted, *, author: str, progress: Progress | None = None
    ) -> Made:
        asked_of.append(wanted)
        return make_bundle(services, folder, wanted, author=author, progress=progress)

    await log_in("sonja")
    page = Page(await client.get(PATH))
    assert "Test transfer" not in page.text
    assert (await client.post(f"{PATH}/test", data={"csrf": page.csrf})).status_code == 404
    app.state.test_bundle = dummies
    assert "Test transfer" in Page(await client.get(PATH)).text
    assert (await client.post(f"{PATH}/test", data={"csrf": page.csrf})).status_code == 303
    job = await ended(client, services, "sonja")
    assert (job.stage, job.is_test, [one.is_test for one in asked_of]) == (Stage.READY, True, [True])
    file = await client.get(f"{PATH}/{job.id}/file")
    assert "TEST-" in file.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(file.content)) as bundle:
        assert json.loads(bundle.read("manifest.json"))["studyid"].startswith("TEST-")


def test_the_end_of_the_server_ends_what_is_being_made(services: Services) -> None:
    begun = threading.Event()

    def endless(
        services: Services, folder: Path, wanted: Wanted, *, author: str, progress: Progress | None = None
    ) -> Made:
        assert progress is not None
        while True:
            begun.set()
            progress(0, 1)

    running.start(services, Wanted(CutKind.INTERIM), "eve", endless)
    assert begun.wait(10)
    services.background.stop()
    assert [job.stage for job in running.jobs_of(services, "eve")] == [Stage.STOPPED]
