"""A connection that runs statements it has run before without SQLAlchemy's ceremony, which costs more than SQLite does.

The text, the parameters and the meaning of rows are those that SQLAlchemy worked out the first time; transactions, what
listens before a statement, errors and everything unusual stay with it. One connection of each engine is kept for the
next transaction instead of being put away and taken out again. A storm has the same digest with all that and without.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import IteratorResult

Values = Mapping[str, Any]
#: Whether there are several sets of values, their names, and how long each list among them is.
_Key = tuple[bool, tuple[str, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class _Place:
    """One parameter. `name`: of the value, empty for one that never changes; `number`: which of a list's."""

    name: str
    number: int
    value: Any
    processed: Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Ready:
    """What SQLite is given. `lists`: names of lists, True for those of tuples; `rows`: None where none come.

    `names`: of values that are all given as they are, None where more has to be done.
    """

    sql: str
    places: tuple[_Place, ...]
    lists: Mapping[str, bool]
    rows: Any
    names: tuple[str, ...] | None

    def parameters(self, values: Values) -> list[Any]:
        """In the order of the text."""
        if self.lists:
            flat = {name: [*(chain(*values[name]) if deep else values[name])] for name, deep in self.lists.items()}
            values = {**values, **flat}
        if self.names is not None:
            return [values[name] for name in self.names]
        found = []
        for place in self.places:
            value = place.value if not place.name else values[place.name]
            if place.number >= 0:
                value = value[place.number]
            found.append(value if place.processed is None else place.processed(value))
        return found


class _Statement:
    """How one statement was run so far. `lists`: names of its values that are lists."""

    def __init__(self) -> None:
        self.is_usual = True
        self.lists: tuple[str, ...] = ()
        self.ready: dict[_Key, _Ready] = {}

    def key(self, many: Sequence[Values]) -> _Key:
        """What a ready text is good for."""
        first = many[0]
        return (len(many) > 1, tuple(first), tuple([len(first[name]) for name in self.lists]))


_KNOWN: WeakKeyDictionary[Any, _Statement] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class _Changed:
    """What comes of a statement that gives no rows."""

    rowcount: int


class LeanConnection(Connection):
    """See the module; everything else is SQLAlchemy's."""

    def __init__(self, kept: "list[LeanConnection]", engine: Engine, *given: Any, **named: Any) -> None:
        super().__init__(engine, *given, **named)
        self.dispatch = self.engine.dispatch  # nobody listens to one connection alone
        self._kept = kept

    def close(self) -> None:
        """Undo what is not committed, and wait for the next transaction."""
        if self._transaction is not None:
            self._transaction.close()
        opened: Any = self._dbapi_connection
        if self._kept or opened is None or opened.dbapi_connection.in_transaction:
            self.put_away()
            return
        self._execution_options = self.engine._execution_options  # noqa: SLF001 - as those of a new one
        self._kept.append(self)

    def put_away(self) -> None:
        """See `Connection.close`."""
        super().close()

    def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        """See `Connection.execute`."""
        known = _KNOWN.get(statement)
        if known is None:  # one that was built for this time alone is not worth it
            _KNOWN[statement] = _Statement()
        many = parameters if parameters.__class__ is list else [parameters or {}]
        if known is None or not known.is_usual or not many or execution_options is not None or self._is_unusual():
            return super().execute(statement, parameters, execution_options=execution_options)
        ready = known.ready.get(known.key(many))
        if ready is not None:
            return self._again(ready, many)
        result = super().execute(statement, parameters)
        _learn(known, statement, many, result)
        return result

    def _is_unusual(self) -> bool:
        running = self._transaction
        return (running is not None and not running.is_active) or self._nested_transaction is not None

    def _again(self, ready: _Ready, many: Sequence[Values]) -> Any:
        if self._transaction is None:
            self._autobegin()
        opened = self._dbapi_connection or self._revalidate_connection()
        driver: Any = opened.dbapi_connection
        sql, given = ready.sql, [ready.parameters(values) for values in many]
        try:
            for listen in self.engine.dispatch.before_cursor_execute:
                listen(self, None, sql, given, None, len(given) > 1)
            if len(given) > 1:
                return _Changed(driver.executemany(sql, given).rowcount)
            cursor = driver.execute(sql, given[0])
            if ready.rows is None:
                return _Changed(cursor.rowcount)
            return IteratorResult(ready.rows, iter(cursor.fetchall()))
        except BaseException as error:  # noqa: BLE001 - named there as always, and raised
            self._handle_dbapi_exception(error, sql, tuple(given[0]), None, None)


def be_lean(engine: Engine) -> None:
    """Let the engine's connections run what was run before in that way. Nothing of the engine is in use yet."""
    kept: list[LeanConnection] = []
    dispose = engine.dispose

    def connection_of(engine: Engine, *given: Any, **named: Any) -> Connection:
        return kept.pop() if kept else LeanConnection(kept, engine, *given, **named)

    def let_go(close: bool = True) -> None:
        while kept:
            kept.pop().put_away()
        dispose(close)

    engine._connection_cls = connection_of  # type: ignore[assignment]  # noqa: SLF001 - SQLAlchemy's one door for it
    engine.dispose = let_go  # type: ignore[method-assign]


def _learn(known: _Statement, statement: Any, many: Sequence[Values], result: Any) -> None:
    context = result.context
    compiled = context.compiled
    known.is_usual = _is_usual(statement, compiled, many)
    if not known.is_usual:
        return
    expanded: Mapping[str, Sequence[str]] = context._expanded_parameters or {}  # noqa: SLF001
    sources = {name: _source(compiled, name, many[0]) for name in compiled.positiontup}
    lists = {sources[name]: _is_of_tuples(compiled, name) for name in expanded if sources[name]}
    rows = result._metadata if result.returns_rows else None  # noqa: SLF001 - what the names of its rows mean
    places = tuple(_places(context, sources, expanded))
    known.lists = tuple(lists)
    plain = all(place.name and place.number < 0 and place.processed is None for place in places)
    names = tuple(place.name for place in places) if plain and not lists else None
    known.ready[known.key(many)] = _Ready(context.statement, places, lists, rows, names)


def _is_usual(statement: Any, compiled: Any, many: Sequence[Values]) -> bool:
    if statement.get_execution_options() or compiled is None or not compiled.positional or compiled.escaped_bind_names:
        return False
    if compiled.insert_prefetch or compiled.update_prefetch:
        return False
    if compiled.effective_returning and (len(many) > 1 or not statement._returning):  # noqa: SLF001 - who asked for it
        return False
    if compiled.literal_execute_params or (compiled.post_compile_params and len(many) > 1):
        return False
    return not any(one.callable for one in compiled.bind_names)


def _source(compiled: Any, name: str, values: Values) -> str:
    """The name under which the caller gives that value; empty for one that is part of the statement."""
    key = compiled.binds[name].key
    return str(key) if key in values else name if name in values else ""


def _is_of_tuples(compiled: Any, name: str) -> bool:
    return bool(compiled.binds[name].type._is_tuple_type)  # noqa: SLF001


def _places(context: Any, sources: Mapping[str, str], expanded: Mapping[str, Sequence[str]]) -> Any:
    fixed, processors = context.compiled_parameters[0], context.compiled._bind_processors  # noqa: SLF001
    for name in context.compiled.positiontup:
        found, source = processors.get(name), sources[name]
        if name not in expanded:
            yield _Place(source, -1, None if source else fixed[name], found)
            continue
        each = found if isinstance(found, tuple) else (found,)
        for number, part in enumerate(expanded[name]):
            one = each[number % len(each)]
            yield _Place(source, number, None, one) if source else _Place("", -1, fixed[part], one)
