"""Faults of pauses, signs of life, corrections, signatures and contact data, planted one at a time."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, text

from diary_app.core import merge, prompts
from diary_app.core.corrections import CorrectionState
from diary_app.core.entries import EntryVersion
from server.backup import erasures
from server.db import codes
from server.intake import corrections, presence, reaching, settling
from server.trail import signing


@contextmanager
def pauses_are_not_heard() -> Iterator[None]:
    """Reminders go on, whatever the phone has said."""
    with (
        patch.object(prompts, "_is_paused", lambda *_: False),
        patch("server.reminders.claiming.is_paused", lambda *_: False),
    ):
        yield


def sign_of_life_proves() -> AbstractContextManager[Any]:
    """A sign of life is taken for a complete contact."""
    mark_seen = presence._mark_seen  # noqa: SLF001

    def proven(connection: Connection, contact: Any) -> None:
        mark_seen(connection, contact)
        until = {"until": round(contact.received_at.timestamp() * 1000), "device": contact.device}
        connection.execute(text("UPDATE device SET complete_until = :until WHERE device = :device"), until)

    return patch.object(presence, "_mark_seen", proven)


def sign_of_life_is_dropped() -> AbstractContextManager[Any]:
    """It is answered, and nobody keeps it."""
    return patch.object(presence.contacts, "add", lambda *_: None)


def newest_by_the_clock() -> AbstractContextManager[Any]:
    """Of two versions the one that was captured later counts."""

    def by_clock(version: EntryVersion) -> Any:
        return bool(version.corrected), version.body.captured_at

    return patch.object(merge, "_newness", by_clock)


def codes_are_taken_on_any_phone() -> AbstractContextManager[Any]:
    """Nobody asks whose diary a phone has before its code is used up."""
    return patch("server.intake.enrol._check_whose", lambda *_: None)


def decided_twice() -> AbstractContextManager[Any]:
    """Whoever comes second decides again."""

    def known(self: Any, correction: str) -> Any:
        every = {one.id: one for one in corrections.corrections_of(self.held.connection, self.held.id)}
        return every[correction]

    return patch.object(corrections._Case, "open", known)  # noqa: SLF001


def unconfirmed_is_approved() -> AbstractContextManager[Any]:
    """Whatever the participant has said, or nothing at all."""
    return patch.object(corrections, "APPROVABLE", frozenset(CorrectionState))


def two_letters() -> AbstractContextManager[Any]:
    """Whoever makes a letter ends one that they have not seen."""
    return patch.object(codes, "waiting", lambda *_: None)


def settled_twice() -> AbstractContextManager[Any]:
    """What was settled is settled once more."""
    held = settling._held  # noqa: SLF001

    def open_again(services: Any, item: str, work: Any) -> Any:
        def work_anew(mine: Any, aside: Any, at: Any) -> Any:
            settling.settlements.drop(mine.connection, item)
            return work(mine, replace(aside, outcome=None), at)

        return held(services, item, work_anew)

    return patch.object(settling, "_held", open_again)


def signature_overlooks_corrections() -> AbstractContextManager[Any]:
    """What staff record of a correction is about no day."""
    return patch.object(signing, "_days_of", lambda *_: iter(()))


def signature_overlooks_versions() -> AbstractContextManager[Any]:
    """Only the first version of an entry is about its day."""
    about = signing.records.every_entry

    def first_ones(connection: Connection, participant: str) -> Any:
        return [row for row in about(connection, participant) if row.parent is None]

    return patch.object(signing.records, "every_entry", first_ones)


def signature_covers_everything() -> AbstractContextManager[Any]:
    """Whatever comes of any day supersedes it."""
    covered = signing._Known.covered  # noqa: SLF001

    def of_all(self: Any, first: Any, last: Any, before: int | None = None) -> Any:
        return covered(self, first.replace(year=2000), last.replace(year=2100), before)

    return patch.object(signing._Known, "covered", of_all)  # noqa: SLF001


def erased_comes_back() -> AbstractContextManager[Any]:
    """A restored backup has what was erased since."""
    return patch.object(erasures, "erase", lambda *_: None)


def trail_says_how_somebody_is_reached() -> AbstractContextManager[Any]:
    """The fact about contact data says what it was set to."""
    append = reaching.append_fact
    keep = reaching.contact_details.save
    said: list[str] = []

    def save(connection: Connection, participant: str, reach: Any) -> None:
        said[:] = [value for value in reach.values() if value]
        keep(connection, participant, reach)

    def tell(connection: Connection, services: Any, participant: str, detail: Any, **named: Any) -> Any:
        told = type(detail).model_validate({**detail.model_dump(), "value": " ".join(said)})
        return append(connection, services, participant, told, **named)

    stack = patch.multiple(reaching, append_fact=tell)

    @contextmanager
    def both() -> Iterator[None]:
        with stack, patch.object(reaching.contact_details, "save", save):
            yield

    return both()
