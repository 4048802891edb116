"""What routes ask for by type: the services, and the address of whoever asks."""

from typing import Annotated

from fastapi import Depends, Request

from server.proxies import client_address
from server.services import Services


async def services_of(request: Request) -> Services:
    """The services that the app opened."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]


async def address_of(request: Request, services: ServicesDep) -> str:
    """The client's network address, seen past those reverse proxies that the settings vouch for; may be empty."""
    return client_address(
        request.client.host if request.client else "",
        request.headers.getlist("x-forwarded-for"),  # some proxies add a line of their own
        proxies=services.settings.trusted_proxies,
        named=services.settings.proxy_addresses,
    )


AddressDep = Annotated[str, Depends(address_of)]
