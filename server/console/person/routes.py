"""The routers of everything about participants."""

from server.console.person import contact, corrections, pages, people, signatures, treatments

ROUTERS = (
    people.router, pages.router, treatments.router, contact.router, corrections.router, signatures.router,
)  # fmt: skip
