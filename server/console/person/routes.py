"""The routers of everything about participants."""

from server.console.person import contact, corrections, pages, people, sheet, signals, signatures, trail, treatments

ROUTERS = (
    people.router, pages.router, treatments.router, contact.router, corrections.router, signatures.router,
    signals.router, trail.router, sheet.router,
)  # fmt: skip
