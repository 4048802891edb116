"""A study on real servers behind a proxy, with staff, a bundle to take away, and a code for Alice's phone."""

import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx

from diary_app.core.environment import SystemEnvironment
from server.access.roles import Role
from server.bench.processes import ServerProcess, free_port, served
from server.export import running as exports
from server.services import open_services
from server.settings import Settings
from tests.browser.whole_path import code_for_alice
from tests.console import staged
from tests.deploy.proxies import Proxy, certificate, running

COORDINATOR, EXPORTER = "carol", "eve"
BUNDLE_BYTES = 120 * 1024 * 1024
FORM = {"content-type": "application/x-www-form-urlencoded"}
BLOCK = 1024 * 1024

Result = TypeVar("Result")


@dataclass
class Behind:
    """What a check is given. `secrets`: texts that must turn up in no log, added as they become known."""

    proxy: Proxy
    servers: list[ServerProcess]
    settings: Settings
    code: str = ""
    secrets: set[str] = field(default_factory=set)

    @property
    def direct(self) -> str:
        """The first server itself, past the proxy."""
        return f"http://127.0.0.1:{self.servers[0].port}"

    def client(self, *, source: str = "127.0.0.1") -> httpx.Client:
        """Somebody at that address of this machine, who trusts our certificate alone and follows nothing."""
        return httpx.Client(
            base_url=self.proxy.origin,
            transport=httpx.HTTPTransport(verify=self.trust(), local_address=source),
            timeout=120,
        )

    def trust(self) -> ssl.SSLContext:
        """Our own authority and no other."""
        return ssl.create_default_context(cafile=str(self.proxy.certificate.authority))

    def written(self) -> str:
        """Everything that the proxy and the servers have logged."""
        return self.proxy.written() + "\n".join(one.log.read_text(errors="replace") for one in self.servers)


def settings_of(folder: Path, web_folder: Path, database_url: str | None = None) -> Settings:
    """As the servers have them; those of the example, with the second step left to each."""
    return Settings(
        database_url=database_url or f"sqlite:///{folder}/server.sqlite",
        var_folder=folder,
        web_folder=web_folder,
        https_only=True,
        second_factor="optional",
        trusted_proxies=1,
        log_level="debug",
    )


@contextmanager
def behind(
    program: str,
    folder: Path,
    settings: Settings,
    *,
    servers: int = 1,
    code: str = "",
    **more: str,
) -> Iterator[Behind]:
    """So many servers with these settings, and the proxy in front of them. `more`: other settings of the servers."""
    proxy = Proxy(program, folder / program, certificate(folder), free_port(), free_port())
    given = {
        "web_folder": str(settings.web_folder),
        "public_url": proxy.origin,
        "https_only": "true",
        "second_factor": "optional",
        "trusted_proxies": "1",
        "log_level": "debug",
        **more,
    }
    processes = [
        served(settings.database_url, settings.var_folder, f"server {number}", **given) for number in range(servers)
    ]
    with ExitStack() as closing:
        for one in processes:
            one.start()
            closing.callback(one.stop)
        for one in processes:
            one.wait_ready()
        closing.enter_context(running(proxy, [one.port for one in processes]))
        yield Behind(proxy, processes, settings, code, {code} if code else set())


def staged_study(settings: Settings) -> str:
    """Alice's code, a coordinator, and an exporter with a bundle of `BUNDLE_BYTES` that nothing can compress."""
    code = code_for_alice(settings)
    services = open_services(settings, SystemEnvironment())
    try:
        staged.account(services, COORDINATOR, (Role.COORDINATOR, "copenhagen"))
        account = staged.account(services, EXPORTER, (Role.EXPORTER, "*"))
        staged.bundles(services, account)
        (ready,) = (one for one in exports.jobs_of(services, account) if one.stage is exports.Stage.READY)
        with exports.file_of(services, ready).open("wb") as file:
            for _ in range(BUNDLE_BYTES // BLOCK):
                file.write(services.environment.random_bytes(BLOCK))
    finally:
        services.close()
    return code


def aside(work: Callable[[], Result]) -> Result:
    """Done in another thread: Playwright holds this thread's own loop."""
    with ThreadPoolExecutor() as other:
        return other.submit(work).result()


def logged_in(behind: Behind, name: str, *, source: str = "127.0.0.1") -> httpx.Client:
    """A client that has typed a name and a password as a form does; its cookie is a secret from then on."""
    client = behind.client(source=source)
    answer = client.post("/console/login", data={"username": name, "password": staged.PASSWORD})
    assert answer.status_code in (302, 303), (answer.status_code, answer.text[:200])
    behind.secrets.update(value for value in client.cookies.values() if value)
    return client
