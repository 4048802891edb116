"""A real SMTP server on loopback that keeps what it is given, and refuses or fails as it is told."""

import socket
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from server.settings import Settings

#: Else it looks its own name up at every connection, and whoever sends waits for that.
OWN_NAME = "post.example"
#: For an answer that will come, however busy the machine is; and for one that will not.
PATIENCE_SECONDS, IMPATIENCE_SECONDS = 30, 1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class PostOffice:
    """`refused`: what is said to RCPT for an address. `hangs_up`: it takes a message and never says so."""

    port: int = field(default_factory=free_port)
    raw: list[tuple[str, bytes]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    at_data: str = ""
    connections: int = 0
    during: Any = None
    hangs_up: bool = False
    _controller: Controller | None = None

    def open(self) -> None:
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            server_hostname=OWN_NAME,
            ready_timeout=PATIENCE_SECONDS,
            enable_SMTPUTF8=False,
        )
        self._controller.start()
        self.connections = 0

    def close(self) -> None:
        if self._controller is not None:
            self._controller.stop()
        self._controller = None

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for _, raw in self.raw]  # type: ignore[misc]

    @property
    def receivers(self) -> list[str]:
        return [address for address, _ in self.raw]

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> Any:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: Any, _session: Any, envelope: Any
    ) -> str:
        if self.at_data:
            return self.at_data
        self.raw += [(address, envelope.content) for address in envelope.rcpt_tos]
        if self.during is not None:
            self.during(len(self.raw))
        if self.hangs_up:
            server.transport.abort()
        return f"250 2.0.0 Ok: queued as Q{len(self.raw):04d}"


def with_mail(database_url: str, var_folder: Path, office: PostOffice) -> Settings:
    """The settings of a server that sends its mail there."""
    return Settings(
        database_url=database_url,
        var_folder=var_folder,
        public_url="https://dagbog.example",
        smtp_host="127.0.0.1",
        smtp_port=office.port,
        smtp_security="none",
        smtp_sender="dagbog@post.example",
        message_timeout_seconds=PATIENCE_SECONDS,
    )
