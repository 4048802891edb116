"""Every table of the phone, each listed as fact (append-only), working (rebuildable) or erasable.

Moments are UTC text as records carry it, diary days ISO dates; both sort as they are. `content` is the text as the
`Vault` sealed it; a phone without a PIN keeps the text itself. The other columns are the few that scheduling and sync
need.

Plain tables and no mapped classes: no row here ever becomes an object, and loading a mapper would lengthen every start
in a browser.
"""

from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, Text, UniqueConstraint
from sqlalchemy.types import TypeEngine

#: The phone's own, so that its tables and the server's never meet.
METADATA = MetaData()

Kind = type[TypeEngine[Any]]


def _key(name: str, kind: Kind = String) -> Column[Any]:
    return Column(name, kind, primary_key=True)


def _always(name: str, kind: Kind = String) -> Column[Any]:
    return Column(name, kind, nullable=False)


def _perhaps(name: str, kind: Kind = String) -> Column[Any]:
    return Column(name, kind, nullable=True)


# ---- facts -------------------------------------------------------------------------------------------------

#: A device id with its token and chain; `number` counts from 1. Stored before anything is sent under it.
INSTALLATION = Table(
    "installation", METADATA,
    _key("number", Integer), Column("device", String, nullable=False, unique=True), _always("token"),
    _always("predecessor"), _always("begun_at"),
)  # fmt: skip

#: The server knows this installation, and said whose it is.
ENROLMENT = Table(
    "enrolment", METADATA,
    _key("number", Integer), _always("device"), _always("participant"), _always("site"), _always("language"),
    _always("server_url"), _always("completed_at"),
)  # fmt: skip

#: A record made here; the columns beside `content` are projections of its text. `envelope`: the text sealed to the
#: study, so that it can be sent whoever holds the phone, and to a restored server.
RECORD = Table(
    "record", METADATA,
    _key("id"), _always("device"), _always("sequence", Integer), _always("kind"), _always("previous"), _always("hash"),
    _always("made_at"), _perhaps("instrument"), _perhaps("diary_day"), _always("content", LargeBinary),
    _perhaps("envelope", LargeBinary), UniqueConstraint("device", "sequence"),
)  # fmt: skip

#: The server holds the record, in the copy of its database that this epoch names.
RECEIPT = Table(
    "receipt", METADATA,
    _key("record"), _key("epoch"), _always("accepted", Integer), _always("code"), _always("received_at"),
)  # fmt: skip

#: A fact about the participant as the server of that epoch told it; `body` is canonical text.
SERVER_FACT = Table(
    "server_fact", METADATA,
    _key("id"), _key("epoch"), _always("change_no", Integer), _always("at"), _always("body", Text),
)  # fmt: skip

#: A study file as it was received, verbatim.
STUDY_VERSION = Table("study_version", METADATA, _key("sha256"), _always("version"), _always("text", Text))

#: The words of a licensed questionnaire as they were received, verbatim; no personal data, so never sealed.
WORDING = Table("wording", METADATA, _key("sha256"), _always("text", Text))

# ---- working -----------------------------------------------------------------------------------------------

#: Single values: where the conversation with the server stands, and the participant's settings.
META = Table("meta", METADATA, _key("name"), _always("value"))

#: The key under which texts rest, wrapped by the PIN; `id` is its id in hex. A new PIN replaces the row.
DATA_KEY = Table("data_key", METADATA, _key("id"), _always("wrap", LargeBinary), _always("made_at"))

#: An entry being filled in; gone in the transaction that saves the entry.
DRAFT = Table(
    "draft", METADATA, _key("instrument"), _key("diary_day"), _always("saved_at"), _always("content", LargeBinary)
)

#: The server's grade of a diary day, as last told.
DAY_STATE = Table(
    "day_state", METADATA,
    _key("instrument"), _key("diary_day"), _always("epoch"), _always("state"), _perhaps("reason"), _perhaps("entry"),
    _perhaps("received_at"),
)  # fmt: skip

FACT_TABLES = (INSTALLATION, ENROLMENT, RECORD, RECEIPT, SERVER_FACT, STUDY_VERSION, WORDING)
WORKING_TABLES = (META, DATA_KEY, DRAFT, DAY_STATE)
ERASABLE_TABLES: tuple[Table, ...] = ()
