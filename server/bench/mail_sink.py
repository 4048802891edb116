"""A mail server that takes everything and keeps nothing: `python -m server.bench.mail_sink`, which prints its port."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_GREETING = b"220 sink.invalid ESMTP\r\n"
_HELLO = b"250-sink.invalid\r\n250 PIPELINING\r\n"
_OK = b"250 2.0.0 Ok: queued as SINK\r\n"
_GO_ON = b"354 Go on\r\n"
_BYE = b"221 Bye\r\n"


@contextmanager
def mail_sink() -> Iterator[int]:
    """One in a process of its own; its port."""
    command = [sys.executable, "-m", "server.bench.mail_sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sink:  # noqa: S603
        assert sink.stdout is not None
        try:
            yield int(sink.stdout.readline())
        finally:
            sink.terminate()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(_GREETING)
    while line := await reader.readline():
        match line[:4].upper():
            case b"EHLO":
                writer.write(_HELLO)
            case b"DATA":
                writer.write(_GO_ON)
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(_OK)
            case b"QUIT":
                writer.write(_BYE)
                break
            case _:
                writer.write(_OK)
    writer.close()


async def main() -> None:
    """Serve on a free port of loopback until killed."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - for whoever started it
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
