"""However much is sent to the console, no more of it is read than the largest form, by whoever sends it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from diary_app.core.rescue import MAX_FILE_BYTES
from server.access.roles import Role
from server.security import MOST_OF_A_FORM
from server.services import Services
from server.settings import Settings
from tests.console import staged
from tests.console.conftest import LogIn, clock, log_in, services
from tests.server import serving

__all__ = ["clock", "log_in", "services"]

MANY = 300
PIECE = b"x" * 500_000
URLENCODED = {"content-type": "application/x-www-form-urlencoded"}
PARTS = {"content-type": "multipart/form-data; boundary=edge"}
HEAD = b'--edge\r\ncontent-disposition: form-data; name="%d"; filename="f"\r\n\r\n'
Form = Callable[[], Iterator[bytes]]


@pytest.fixture
def database_url(migrated_sqlite: str) -> str:
    """Nothing comes as far as a database."""
    return migrated_sqlite


def fields() -> Iterator[bytes]:
    """Each as long as a field may be."""
    yield from (b"%d=%b&" % (number, PIECE) for number in range(MANY))


def files() -> Iterator[bytes]:
    """Each of them would be written to the disk."""
    yield from (HEAD % number + PIECE + b"\r\n" for number in range(MANY))
    yield b"--edge--\r\n"


@pytest.fixture
def drawn() -> list[int]:
    """How many pieces of a form were asked for."""
    return []


def counted(form: Form, drawn: list[int]) -> AsyncIterator[bytes]:
    async def piece_by_piece() -> AsyncIterator[bytes]:
        for number, piece in enumerate(form()):
            drawn.append(number)
            yield piece

    return piece_by_piece()


@pytest.mark.parametrize(("form", "kind"), [(fields, URLENCODED), (files, PARTS)])
@pytest.mark.parametrize("path", ["/console/login", "/console/join", "/console/incidents"])
async def test_whoever_is_not_logged_in_cannot_fill_memory_or_disk(
    services: Services, client: httpx.AsyncClient, drawn: list[int], path: str, form: Form, kind: dict[str, str]
) -> None:
    answer = await client.post(path, content=counted(form, drawn), headers=kind)
    assert answer.status_code == 413
    assert "more than any page here takes" in answer.text
    assert len(drawn) <= MOST_OF_A_FORM // len(PIECE) + 1


async def test_a_length_that_is_stated_is_believed_before_anything_is_read(
    services: Services, client: httpx.AsyncClient
) -> None:
    stated = {**URLENCODED, "content-length": str(MOST_OF_A_FORM + 1)}
    assert (await client.post("/console/login", content=b"username=carol", headers=stated)).status_code == 413


async def test_a_rescue_file_of_the_largest_size_is_looked_into(
    services: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    staged.account(services, "ida", (Role.COORDINATOR, "copenhagen"))
    csrf = (await log_in("ida")).csrf
    file = {"file": ("rescue", b" " * MAX_FILE_BYTES)}
    answer = await client.post("/console/rescue", data={"csrf": csrf}, files=file)
    assert (answer.status_code, "not a whole rescue file" in answer.text) == (422, True)


def test_a_real_server_stays_as_small_as_it_was(migrated_sqlite: str, tmp_path: Path) -> None:
    served = serving.start(Settings(database_url=migrated_sqlite, var_folder=tmp_path / "var"))
    try:
        before = memory_of(served)
        with suppress(httpx.TransportError):  # the server hangs up while there is more to come
            answer = httpx.post(f"{served.url}/console/login", content=fields(), headers=URLENCODED)
            assert answer.status_code == 413
        assert memory_of(served) - before < 60
    finally:
        served.kill()


def memory_of(served: serving.Serving) -> int:
    """The most that it ever had, in MB."""
    told = Path(f"/proc/{served.process.pid}/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) // 1024
