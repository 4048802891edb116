"""A server that starts loads what serving needs; that everything else can be loaded is seen here, not at night."""

import importlib
import pkgutil
import subprocess
import sys

import server

#: What only somebody who measures, simulates, migrates or sends elsewhere needs.
LATE = (
    "alembic", "apprise", "httpx", "playwright", "psycopg", "pygal", "pywebpush", "segno", "server.bench",
    "server.export.bundle", "server.export.checking", "server.export.folders", "server.simulate",
)  # fmt: skip
#: One is run by Alembic, one in a browser.
RUN_ELSEWHERE = {"server.db.migrations.env", "server.simulate.year_in_browser"}
_LOADED = f"import sys, server.cli, server.app; print([name for name in {LATE!r} if name in sys.modules])"


def test_a_start_loads_nothing_that_serving_does_not_need() -> None:
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_module_of_the_server_can_be_loaded() -> None:
    names = {module.name for module in pkgutil.walk_packages(server.__path__, "server.")} - RUN_ELSEWHERE
    assert len(names) > 300
    for name in sorted(names):
        importlib.import_module(name)
