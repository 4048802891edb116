"""One memory of compiled statements for all engines of a process: a storm opens thousands, each for a short time."""

from functools import cache
from typing import Any

from sqlalchemy import Engine, create_engine

from server.simulate.storm.lean import be_lean

_COMPILED: dict[Any, Any] = {}


def share_statements(engine: Engine) -> None:
    """Compiling one costs ten times as much as running it, and its text is the same on every SQLite engine."""
    engine.dialect = _dialect().dialect
    engine.update_execution_options(compiled_cache=_COMPILED)
    be_lean(engine)


@cache
def _dialect() -> Engine:
    """An engine that was connected once, so that its dialect knows this SQLite."""
    engine = create_engine("sqlite://")
    with engine.connect():
        return engine
