"""What each entry was asked: exactly the questions of the version of the study that was on the screen, kept as that."""

import json

from diary_app.core.errors import Code
from server.simulate.storm.counts import Kind
from server.simulate.storm.database import Server
from server.simulate.storm.editions import Edition
from server.simulate.storm.handset import Handset
from server.simulate.storm.ledger import Ledger, Saved


def check(ledger: Ledger, server: Server) -> None:
    """Of every entry of an evening that a phone ever saved, whatever became of the phone."""
    for one in ledger.records.values():
        if one.day is not None:
            edition = ledger.editions.of(one.edition)
            _is_of(ledger, one, edition)
            _came(ledger, server, one, edition)


def had_lost_it(ledger: Ledger, server: Server, one: Saved) -> bool:
    """Whether the server could not know the version of the study that an entry names: an older one was put back."""
    is_later = (
        ledger.editions.in_force(*[server.received[one.id]] * 2)[-1].number < ledger.editions.of(one.edition).number
    )
    return is_later and server.codes[one.id] == Code.STUDY_VERSION_UNKNOWN


def check_heard(ledger: Ledger, phone: Handset) -> None:
    """A phone that has heard everything asks what the server asks now."""
    there, wanted = phone.diary.study().version, ledger.editions.current.version
    if there != wanted:
        ledger.violated(f"{phone.name} has heard everything, and asks version {there} of the study, not {wanted}")


def _is_of(ledger: Ledger, one: Saved, edition: Edition) -> None:
    body = json.loads(one.text)["body"]
    name = f"the entry {one.id} for {one.day}"
    if body["study_version"] != edition.version:
        ledger.violated(
            f"{name} names version {body['study_version']} of the study, and was filled in under {edition.version}"
        )
    if body["instrument_version"] != edition.questionnaire or body["answers"].keys() != edition.asks.keys():
        ledger.violated(f"{name} does not answer exactly what version {edition.version} of the study asks")


def _came(ledger: Ledger, server: Server, one: Saved, edition: Edition) -> None:
    received = server.received.get(one.id)
    if received is not None and ledger.editions.in_force(received, received)[-1].number > edition.number:
        ledger.befell[Kind.ARRIVED_OLDER] += 1
