"""Who may see how the server is doing: somebody on the machine itself, or a program that knows the token."""

import hmac
import ipaddress

from fastapi import Depends, Request

from diary_app.core.errors import Code, RequestRefused
from server.dependencies import ServicesDep

_BEARER = "bearer "
#: A proxy on the same machine speaks for somebody else, whatever the settings say of it.
_PASSED_ON = ("x-forwarded-for", "forwarded", "x-real-ip", "via")


async def insider(request: Request, services: ServicesDep) -> None:
    """Raises `RequestRefused` (not_allowed)."""
    token = services.settings.metrics_token
    stated = request.headers.get("authorization", "")
    if token is not None and stated[: len(_BEARER)].lower() == _BEARER:
        wanted = token.get_secret_value().encode()
        if hmac.compare_digest(stated[len(_BEARER) :].strip().encode(), wanted):
            return
    elif token is None and _is_here(request):
        return
    raise RequestRefused(
        Code.NOT_ALLOWED,
        "This is for whoever runs the server.",
        "Ask on the machine itself, or set XERODIARY_METRICS_TOKEN and send it as a bearer token.",
    )


def _is_here(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in _PASSED_ON):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


Insider = Depends(insider)
