"""What routes ask for by type: the services, and the address of whoever asks."""

from typing import Annotated

from fastapi import Depends, Request

from server.services import Services


async def services_of(request: Request) -> Services:
    """The services that the app opened."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]


async def address_of(request: Request, services: ServicesDep) -> str:
    """The client's network address, seen past as many reverse proxies as the settings vouch for; may be empty."""
    proxies = services.settings.trusted_proxies
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))  # some proxies add a line of their own
    passed_on = [part.strip() for part in forwarded.split(",") if part.strip()]
    if proxies and len(passed_on) >= proxies:
        return passed_on[-proxies]
    return request.client.host if request.client else ""


AddressDep = Annotated[str, Depends(address_of)]
