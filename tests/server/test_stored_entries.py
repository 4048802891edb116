"""Entries read again in less time are the same entries, and what is not what had arrived gets no trust."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.entries import EntryBody, EntryVersion, FilledBy, LateReason, Mode, Skip
from diary_app.core.errors import Code, CommandRefused, RecordRefused
from diary_app.core.records import GENESIS, Record, chain_hash, compose
from server.db.engine import is_sqlite, reading
from server.db.export_rows import entries_of
from server.db.records import StoredRecord
from server.db.stored_entries import read_again, version_of
from server.db.usual_entries import LEFT_OUT, read_usual
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import ready

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
NEEDED: dict[str, Any] = {
    "participant": ALICE, "study_version": "1", "schedule_revision": 3, "instrument": "DMD",
    "instrument_version": "1.0", "wording_sha256": GENESIS, "language": "da", "diary_day": "2026-11-23",
    "opens": "2026-11-23T17:00:00.000Z", "closes": "2026-11-24T02:00:00.000Z",
    "late_until": "2026-11-24T11:00:00.000Z", "answers": {"DMD01": 6}, "revision": 1,
    "captured_at": "2026-11-23T20:14:05.123Z", "utc_offset_minutes": 60, "zone": "Europe/Copenhagen",
    "monotonic_ms": 5, "app_version": "1", "tzdata_version": "2026.1",
}  # fmt: skip
CHOSEN = {
    "visit": st.just("m0"),
    "answers": st.dictionaries(
        st.sampled_from(["DMD01", "DMD02", "X"]), st.integers(-9, 99) | st.sampled_from([one.value for one in Skip])
    ),
    "clock_offset_ms": st.integers(-(2**52), 2**52),
    "mode": st.sampled_from([one.value for one in Mode]),
    "filled_by": st.sampled_from([one.value for one in FilledBy]),
    "late_reason": st.sampled_from([one.value for one in LateReason]),
    "practice": st.sampled_from([0, 1]),
    "page_ms": st.dictionaries(st.sampled_from(["DMD01", "DMD02"]), st.integers(0, 10**6)),
    "app_version": st.text('aæ\u2028\x07"\\=😀', min_size=1, max_size=9),
    "of_a_newer_app": st.just({"a": [1, "x", {"b": 2}]}),
}
#: What a phone of ours always says, besides.
ALWAYS: dict[str, Any] = {
    "parent": "", "mode": "own_phone", "filled_by": "self", "practice": 0, "page_ms": {"DMD01": 4000},
}  # fmt: skip
#: With what a newer version of an entry says, and what a newer app might.
BODIES = st.builds(
    lambda always, chosen: {**NEEDED, **always, **chosen},
    st.sampled_from([{}, ALWAYS]),
    st.fixed_dictionaries({}, optional=CHOSEN),
)
IDS = ("0b0c5b5e-6f0e-4b43-9d0c-3f6f6a3b7a10", "9b0c5b5e-6f0e-4b43-9d0c-3f6f6a3b7a10")


def recorded(body: dict[str, Any]) -> Record:
    return compose(id=IDS[0], kind="entry", device=IDS[1], sequence=7, previous=GENESIS, body=body)


def stored(record: Record, code: str = "") -> StoredRecord:
    return StoredRecord(
        record.id, ALICE, record.device, record.sequence, record.kind, record.previous, record.hash, record.text,
        NOW, 1, code,
    )  # fmt: skip


@given(BODIES)
def test_an_entry_read_again_is_the_same_in_every_field(body: dict[str, Any]) -> None:
    record = recorded(body)
    given, again = EntryVersion.from_record(record), read_again(record.text, record.hash)
    assert again == given
    assert again.body.to_body() == given.body.to_body()
    assert [(name, type(value)) for name, value in again.body] == [(name, type(value)) for name, value in given.body]
    assert again.body.model_fields_set == given.body.model_fields_set


@given(st.fixed_dictionaries({}, optional={name: CHOSEN[name] for name in CHOSEN if name != "of_a_newer_app"}))
def test_what_a_phone_writes_is_read_the_quick_way(chosen: dict[str, Any]) -> None:
    record = recorded({**NEEDED, **ALWAYS, **chosen})
    assert read_usual(record.text, record.hash) == EntryVersion.from_record(record)


def test_what_a_phone_may_leave_out_is_what_has_no_value_otherwise() -> None:
    fields = EntryBody.model_fields.items()
    assert sorted(LEFT_OUT) == sorted(name for name, of in fields if not of.is_required() and of.get_default() is None)


@pytest.mark.parametrize("white", [" ", "\n", "\t "])
def test_a_skip_is_one_however_the_text_is_spaced(white: str) -> None:
    plain = recorded({**NEEDED, **ALWAYS, "answers": {"DMD01": 6, "DMD02": "prefer_not_to_answer"}})
    text = plain.text.replace('"DMD02":', f'"DMD02":{white}')
    assert text != plain.text
    answers = read_again(text, chain_hash(GENESIS, text)).body.answers
    assert {code: type(answer) for code, answer in answers.items()} == {"DMD01": int, "DMD02": Skip}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"revision":1,', ""), ('"revision":1', '"revision":1.5'), ("{", '{"a":1,'), ('"mode":"own_phone",', ""),
        ("own_phone", "no_phone"), ('"DMD01":6', '"DMD01":"6"'), ("12-31", "12-32"), ("2026-11-23T20", "2026-11-23 _"),
    ],
)  # fmt: skip
def test_any_other_form_is_not_read_the_quick_way(old: str, new: str) -> None:
    text = recorded({**NEEDED, **ALWAYS, "diary_day": "2026-12-31"}).text.replace(old, new)
    assert read_usual(text, chain_hash(GENESIS, text)) is None


def test_a_text_that_does_not_come_to_its_hash_is_not_read_as_an_entry() -> None:
    record = recorded(NEEDED)
    assert read_again(record.text.replace('"DMD01":6', '"DMD01":7'), record.hash) is None
    assert read_again(record.text, GENESIS) is None


def test_what_was_refused_when_it_came_is_read_with_every_check() -> None:
    wrong = recorded({**NEEDED, "zone": "Nowhere/At_All"})
    with pytest.raises(RecordRefused):
        version_of(stored(wrong, Code.ENTRY_INVALID))
    assert version_of(stored(recorded(NEEDED), Code.AFTER_WITHDRAWAL), NOW).on_time_until == NOW


def test_an_altered_text_is_read_with_every_check() -> None:
    row = stored(recorded(NEEDED))
    assert version_of(row._replace(text=row.text.replace(":6}", ":7}"))).body.answers == {"DMD01": 7}
    with pytest.raises(RecordRefused):
        version_of(row._replace(text=row.text.replace("2026-11-23T20", "2026-11-23 20")))


def test_nothing_is_exported_from_an_entry_that_was_altered(services: Services, clock: SimulatedEnvironment) -> None:
    alice = ready(services, ALICE)
    clock.move_to(NOW)
    entry = alice.fill_in(date(2026, 11, 23)).id
    alice.sync()
    with services.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER record_no_update" + ("" if is_sqlite(connection) else " ON record"))
        connection.exec_driver_sql("UPDATE record SET text = replace(text, '\"DMD01\":6', '\"DMD01\":7')")
    with reading(services.engine) as connection, pytest.raises(CommandRefused) as refused:
        entries_of(connection, ALICE)
    assert refused.value.code is Code.TRAIL_BROKEN
    assert entry in str(refused.value)
