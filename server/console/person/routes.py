"""The routers of everything about participants."""

from server.console.person import pages, people

ROUTERS = (people.router, pages.router)
