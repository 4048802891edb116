"""The routers of everything about participants."""

from server.console.person import (
    contact,
    corrections,
    pages,
    people,
    sheet,
    signals,
    signatures,
    status,
    trail,
    treatments,
)

ROUTERS = (
    people.router, pages.router, treatments.router, status.router, contact.router, corrections.router,
    signatures.router, signals.router, trail.router, sheet.router,
)  # fmt: skip
