"""A server that starts loads what serving needs; that everything else can be loaded is seen here, not at night."""

import importlib
import pkgutil
import subprocess
import sys

from fastapi.routing import APIRoute

import server
from server.console.routes import PARTS, door

#: What only somebody who measures, simulates, migrates or sends elsewhere needs.
LATE = (
    "alembic", "apprise", "httpx", "playwright", "psycopg", "pygal", "pywebpush", "segno", "server.bench",
    "server.export.bundle", "server.export.checking", "server.export.folders", "server.simulate",
)  # fmt: skip
#: One is run by Alembic, one in a browser.
RUN_ELSEWHERE = {"server.db.migrations.env", "server.simulate.year_in_browser"}
_LOADED = f"import sys, server.cli, server.app; print([name for name in {LATE!r} if name in sys.modules])"


def test_a_start_loads_nothing_that_serving_does_not_need() -> None:
    assert said_by(_LOADED) == "[]"


_BUILT = """
import server.app, server.console.routes as console
routes = [route for part in (console.door, *console.PARTS) for route in part.routes]
print(len(routes) > 100, [route.path for route in routes if "dependant" in vars(route)])
"""
_STARTED = """
import gc, sys, server.__main__
sys.argv = ["xerodiary", "version"]
try:
    server.__main__.main()
except SystemExit:
    print(gc.isenabled(), gc.get_freeze_count() > 100_000)
"""


def test_a_start_builds_no_page_that_nobody_has_asked_for() -> None:
    assert said_by(_BUILT) == "True []"


def test_every_page_can_be_built() -> None:
    routes = [route for part in (door, *PARTS) for route in part.routes if isinstance(route, APIRoute)]
    assert [route.path for route in routes if route.dependant.call is not route.endpoint] == []
    assert {type(route).__name__ for route in routes} == {"BuiltWhenAsked"}


def test_once_everything_is_loaded_garbage_is_looked_for_again() -> None:
    assert said_by(_STARTED).splitlines()[-1] == "True True"


def said_by(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_every_module_of_the_server_can_be_loaded() -> None:
    names = {module.name for module in pkgutil.walk_packages(server.__path__, "server.")} - RUN_ELSEWHERE
    assert len(names) > 300
    for name in sorted(names):
        importlib.import_module(name)
