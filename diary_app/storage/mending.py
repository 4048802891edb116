"""Single values that say nothing any more, as after a failing memory card, are set aside when the file is opened.

Whatever reads one of them would fail each time it is asked, and with it every start or every sync. All are told again
by the server or stand for nothing by being absent, but for three that are found elsewhere in the file.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Mapping, Sequence

from sqlalchemy import Connection, LargeBinary, bindparam, cast, delete, func, literal_column, select

from diary_app.core.facts import DeviceState
from diary_app.core.sealing import from_base64, require_point
from diary_app.core.times import parse_utc
from diary_app.storage import meta, visits
from diary_app.storage.database import Database
from diary_app.storage.meta import Name
from diary_app.storage.tables import META, SERVER_FACT, STUDY_VERSION

#: Before the name of a value that was set aside; what was in it follows in base64.
ASIDE = "aside:"
#: Of no server: whoever hears it says everything from the beginning.
NO_EPOCH = "00000000-0000-0000-0000-000000000000"
_RAW = select(META.c.name, func.typeof(META.c.value), cast(META.c.value, LargeBinary))
_DROP = delete(META).where(META.c.name == bindparam("broken"))
_EPOCHS_HEARD = select(SERVER_FACT.c.epoch).order_by(SERVER_FACT.c.change_no.desc()).limit(1)
_STUDIES = select(STUDY_VERSION.c.sha256).order_by(literal_column("rowid").desc())


_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLACE = re.compile("[0-9]{1,15}")
_DIGESTS = re.compile("([0-9a-f]{64}( |$))*")
_NONCE = re.compile("[ -~]{0,64}")


def _like(pattern: re.Pattern[str]) -> Callable[[str], None]:
    def read(text: str) -> None:
        if not pattern.fullmatch(text):
            raise ValueError(f"not like {pattern.pattern}")

    return read


def _tries(text: str) -> None:
    wrong, _, last = text.partition(" ")
    int(wrong)
    parse_utc(last)


def _study_key(text: str) -> None:
    if text:
        require_point(from_base64(text))


#: What raises ValueError for a text that is none of that name's; names that end in a colon stand for all they begin.
_READ: Mapping[str, Callable[[str], object]] = {
    Name.EPOCH: _like(_UUID),
    Name.SHOWN_EPOCH: _like(_UUID),
    Name.CURSOR: _like(_PLACE),
    Name.DEVICE_STATE: DeviceState,
    Name.WORDINGS_IN_USE: _like(_DIGESTS),
    Name.WORDINGS_LAST_DAYS: visits.LAST_DAYS.validate_json,
    Name.VISITS_DONE: visits.DONE.validate_json,
    Name.CORRECTIONS: lambda text: b64decode(text, validate=True),
    Name.CLOCK_OFFSET: int,
    Name.LAST_CONTACT: parse_utc,
    Name.LOOKED_THROUGH: parse_utc,
    Name.SEALING_KEY: _study_key,
    Name.PIN_TRIES: _tries,
    Name.NONCE_OF: _like(_NONCE),
}
_BEGINNINGS = tuple(name for name in _READ if name.endswith(":"))


def mend(database: Database) -> tuple[str, ...]:
    """Set aside what cannot be read and put in its place what is known elsewhere; the names, none where all is well."""
    with database.reading() as connection:
        studies = list(connection.execute(_STUDIES).scalars())
        found = {str(name): (kind, bytes(raw)) for name, kind, raw in connection.execute(_RAW)}
    read = {name: _whole(name, kind, raw, studies) for name, (kind, raw) in found.items()}
    whole = {name: text for name, text in read.items() if text is not None}
    broken = {name: raw for name, (_, raw) in found.items() if name not in whole}
    if broken:
        with database.writing() as connection:
            _set_aside(connection, broken)
            _put_instead(connection, broken, whole, studies)
    return tuple(sorted(broken))


def _set_aside(connection: Connection, broken: Mapping[str, bytes]) -> None:
    for name in broken:
        connection.execute(_DROP, {"broken": name})
    meta.put_all(connection, {f"{ASIDE}{name}": b64encode(raw).decode() for name, raw in broken.items()})


def _put_instead(
    connection: Connection, broken: Collection[str], whole: Mapping[str, str], studies: Sequence[str]
) -> None:
    """What the app cannot do without: which facts it shows, and the study that they are about."""
    known = connection.execute(_EPOCHS_HEARD).scalar() or whole.get(Name.SHOWN_EPOCH) or whole.get(Name.EPOCH)
    instead: dict[str, str] = {Name.EPOCH: known or NO_EPOCH, Name.SHOWN_EPOCH: known or NO_EPOCH}
    if studies:
        instead[Name.STUDY] = studies[0]
    if needed := {name: text for name, text in instead.items() if name in broken}:
        meta.put_all(connection, needed)


def _whole(name: str, kind: str, raw: bytes, studies: Collection[str]) -> str | None:
    """The value where it is one."""
    begins = next((one for one in _BEGINNINGS if name.startswith(one)), name)
    try:
        text = raw.decode()
        if (read := _READ.get(begins)) is not None:
            read(text)
    except ValueError:
        return None
    return text if kind == "text" and not (name == Name.STUDY and text not in studies) else None
