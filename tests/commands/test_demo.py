"""`xerodiary demo`: what it prints is true. The addresses answer, every log-in and every code opens what it is for."""

import asyncio
import re
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from diary_app.core.environment import SystemEnvironment
from server.access.proving import prove
from server.app import create_app
from server.cli import app
from server.commands.demo import FOLDER, Wish, run
from server.db.engine import reading
from server.intake.enrol import participant_of
from server.services import open_services
from server.settings import Settings

PORT, FEWEST = 8765, 12
ROLES = ("administrator", "coordinator", "investigator", "monitor", "sponsor")


@dataclass(frozen=True)
class Demo:
    """What was printed, and where it was built."""

    printed: str
    settings: Settings


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    (folder / "web").mkdir()
    (folder / "web/index.html").write_text("the app")
    with pytest.MonkeyPatch.context() as elsewhere, redirect_stdout(StringIO()) as printed:
        elsewhere.chdir(folder)
        run(Wish(fresh=True, port=PORT, participants=FEWEST, phone=False, serving=False), Path("web"))
    there = folder / FOLDER
    settings = Settings(
        var_folder=there, database_url=f"sqlite:///{there}/xerodiary.sqlite", web_folder=folder / "web", outbox=True
    )
    return Demo(printed.getvalue(), settings)


def test_fewer_than_its_stories_need_are_refused() -> None:
    asked = CliRunner().invoke(app, ["demo", "--no-serve", "--participants", str(FEWEST - 1)])
    assert asked.exit_code == 2


def test_app_and_console_are_where_it_says(demo: Demo) -> None:
    assert f"http://127.0.0.1:{PORT}/app/" in demo.printed
    assert f"http://127.0.0.1:{PORT}/console/" in demo.printed

    async def ask() -> list[int]:
        running = create_app(demo.settings, SystemEnvironment(), clockwork=False)
        transport = httpx.ASGITransport(running)
        async with (
            running.router.lifespan_context(running),
            httpx.AsyncClient(transport=transport, base_url=f"http://127.0.0.1:{PORT}") as client,
        ):
            return [(await client.get(path)).status_code for path in ("/app/", "/console/login")]

    assert asyncio.run(ask()) == [200, 200]


def test_every_log_in_and_every_code_that_is_printed_works(demo: Demo) -> None:
    services = open_services(demo.settings, SystemEnvironment())
    try:
        for role in ROLES:
            found = re.search(rf"^  {role} +(\S+)$", demo.printed, re.MULTILINE)
            assert found, role
            assert prove(services, username=role, password=found[1], address="").username == role
        codes = re.findall(r"(\d\d-\d+) +code (\S+)", demo.printed)
        assert len(codes) == 2
        with reading(services.engine) as connection:
            assert [participant_of(connection, services, code) for _, code in codes] == [who for who, _ in codes]
    finally:
        services.close()
