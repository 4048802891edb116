"""Whether a port can be listened on, told in words before anything else starts."""

import errno
import socket

from diary_app.core.errors import Code, CommandRefused

_REMEDIES = {
    errno.EADDRINUSE: (
        "is in use",
        "Stop what uses it, or choose another with --port (`serve` also takes it from XERODIARY_PORT).",
    ),
    errno.EADDRNOTAVAIL: (
        "cannot be listened on: this machine has no such address",
        "Name one of its own in XERODIARY_HOST: 127.0.0.1 behind a proxy on the same machine, 0.0.0.0 for all.",
    ),
    errno.EACCES: (
        "needs rights that this user does not have",
        "Choose a port from 1024 on and let the proxy take 80 and 443.",
    ),
}
_OTHERWISE = ("cannot be listened on", "Correct XERODIARY_HOST and XERODIARY_PORT.")


def require_free(host: str, port: int) -> None:
    """Raises `CommandRefused` (port_taken) when nobody could listen there now; port 0 finds a free one by itself."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        why, remedy = _REMEDIES.get(error.errno or 0, _OTHERWISE)
        raise CommandRefused(Code.PORT_TAKEN, f"Port {port} of {host} {why}.", remedy) from error
