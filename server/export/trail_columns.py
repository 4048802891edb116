"""The columns of the files in `trail/`, said once, and the dictionary beside them that is made of it."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from server.export import dictionary
from server.export.csv_table import LINE_END, kept
from server.export.dictionary import Column
from server.intake.set_aside_words import WHY

AUDIT, AUDIT_LINES = "audit_trail.csv", "audit_trail.ndjson"
SITES, SET_ASIDE, CHAIN, DICTIONARY = "site_trail.csv", "set_aside.csv", "chain.csv", "dictionary.csv"
#: Says in every row of a test transfer that nobody stands behind it; there is no such column in any other.
TEST = "test"
#: Whoever has only the bundle reads here what the codes say.
_CODES = "; ".join(f"{code}: {words}" for code, words in WHY.items())

#: What `TrailRow` has, in its order.
CHANGES = (
    Column("received", "UTC time", "When the server knew"),
    Column("captured", "UTC time", "When a phone says that it happened; empty for what staff recorded"),
    Column("participant", "text", "Participant whom it is about; empty where it is about a site or the study alone"),
    Column("site", "code", "Site; * for the whole study"),
    Column("instrument", "code", "Questionnaire, where it is about one"),
    Column("diary_day", "date", "Diary day, where it is about one"),
    Column("kind", "code", "Kind of the record or fact"),
    Column("field", "code", "What became another"),
    Column("old", "text", "What it was; empty for nothing"),
    Column("new", "text", "What it became; empty for nothing. Three dots: there is something, and it is not shown"),
    Column("who", "text", "Participant, user name of a member of staff, command line, or server"),
    Column("role", "code", "Role in which it was done: participant, operator, server, or roles of staff"),
    Column("organisation", "code", "Site of whoever did it, or sponsor; empty for the participant and the server"),
    Column("why", "code", "Coded reason, where one was given"),
    Column("code", "code", f"Why a record grades nothing; empty for what does. {_CODES}"),
    Column("source", "text", "Identifier of the record or fact that it stands in, as in chain.csv"),
    Column("hash", "text", "Hash of that record or fact, as in chain.csv; not shown of * in a bundle of some sites"),
)
ASIDE = (
    Column("item", "text", "Identifier of what was set aside"),
    Column("participant", "text", "Participant whose phone sent it"),
    Column("site", "code", "Site"),
    Column("received", "UTC time", "When the server had it"),
    Column("code", "code", f"Why it was set aside, or why the entry grades nothing. {_CODES}"),
    Column("on_chain", "code", "yes for an entry that its chain holds and that was refused, else no"),
    Column("record", "text", "Identifier of the record that it is; empty for what is none"),
    Column("sha256", "text", "Fingerprint of what came"),
    Column("instrument", "code", "Questionnaire it is about, where that is known or was decided"),
    Column("diary_day", "date", "Diary day it is about, where that is known or was decided"),
    Column("state", "code", "waiting, settled, or joined: its chain has it by now and it counts or not as that record"),
    Column("decision", "code", "accepted: it counts; assigned: it may be that day's entry; no_entry: it is none"),
    Column("decided", "UTC time", "When that was recorded"),
    Column("who", "text", "User name of whoever decided"),
    Column("role", "code", "Role in which it was decided"),
    Column("organisation", "code", "Site of whoever decided"),
    Column("why", "code", "Coded reason of the decision"),
    Column("source", "text", "Identifier of the fact of the decision, as in chain.csv"),
)
_CHAIN = (
    Column("kind", "code", "device, participant or site: whose chain it is"),
    Column("chain", "text", "Identifier of the device, participant or site; * for the whole study"),
    Column("sequence", "whole number", "Place on the chain, from 1"),
    Column("id", "text", "Identifier of the record or fact"),
    Column("previous", "text", "Hash of the one before"),
    Column("hash", "text", "Its own hash, which covers that of the one before"),
)
_FILES: Mapping[str, Sequence[Column]] = {
    AUDIT: CHANGES, AUDIT_LINES: CHANGES, SITES: CHANGES, SET_ASIDE: ASIDE, CHAIN: _CHAIN,
}  # fmt: skip


def names(columns: Sequence[Column], *, is_test: bool) -> list[str]:
    """The head of a file."""
    return [*(one.name for one in columns), *([TEST] if is_test else [])]


def write_dictionary(folder: Path) -> None:
    """Every column of every file, beside them."""
    with kept(folder / DICTIONARY) as file:
        csv.writer(file, lineterminator=LINE_END).writerows(dictionary.rows(_FILES.items()))
