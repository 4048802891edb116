"""Clinical data: each transaction as a subject's data of its own, so that no key stands twice beside another.

An audit record stands on the outermost element that a transaction changes, and is about everything within it.
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby

import server.export.odm.people as people
from diary_app.core.times import format_utc
from server.export.content import About
from server.export.odm.course import Mark, Transaction
from server.export.odm.markup import Attributes, Markup, empty
from server.export.odm.people import People
from server.export.odm.shelf import Action, EventKey, FormChange
from server.export.odm.sources import Source
from server.export.participant import ExportedParticipant

CONTEXT = "Context"
Step = Transaction | Mark


class Clinical:
    """Writes participants into one file, one after the other."""

    def __init__(self, markup: Markup, about: About, known: People) -> None:
        self._markup, self._about, self._people = markup, about, known
        self._versions = {study.version for study, _ in people.studies(about)}

    def add(self, person: ExportedParticipant, subject: str, steps: Iterable[Step]) -> None:
        """All transactions of one participant; a stretch made under one version of the study is held together."""
        one = _Subject(self._markup, self._people, person, subject)
        for version, stretch in groupby(steps, key=self._version):
            named = {"StudyOID": people.study_oid(self._about.study), "MetaDataVersionOID": version}
            with self._markup.element("ClinicalData", named):
                for step in stretch:
                    one.write(step)

    def _version(self, step: Step) -> str:
        """That under which it was made; the newest where an app named one that this study never had."""
        known = step.study_version if step.study_version in self._versions else self._about.study.version
        return f"MDV.{known}"


class _Subject:
    """One participant while it is written: what was there before, and is only named to find the place."""

    def __init__(self, markup: Markup, known: People, person: ExportedParticipant, subject: str) -> None:
        self._markup, self._people, self._subject, self._site = markup, known, subject, person.site
        self._is_there = False
        self._events: set[EventKey] = set()

    def write(self, step: Step) -> None:
        """One transaction."""
        event = step.change.form.event if isinstance(step, Transaction) else step.event
        begins, happens = not self._is_there, event not in self._events
        self._is_there = True
        self._events.add(event)
        with self._markup.element("SubjectData", {"SubjectKey": self._subject, "TransactionType": _inserted(begins)}):
            if begins:
                self._audit(step.source, step.why)
                self._markup.empty("SiteRef", {"LocationOID": self._people.site(self._site)})
            named = {"StudyEventOID": event.oid, "StudyEventRepeatKey": event.repeat}
            with self._markup.element("StudyEventData", {**named, "TransactionType": _inserted(happens)}):
                match step:
                    case Mark():
                        self._signed(step, audited=begins)
                    case Transaction():
                        if happens and not begins:
                            self._audit(step.source, step.why)
                        self._form(step, audited=begins or happens)

    def _form(self, step: Transaction, *, audited: bool) -> None:
        change = step.change
        with self._markup.element("FormData", _named(change)):
            if not audited:
                self._audit(step.source, step.why)
            for group in change.groups:
                named = {"ItemGroupOID": group.oid, "TransactionType": group.action}
                with self._markup.element("ItemGroupData", named):
                    self._markup.lines([_item(item.oid, item.action, item.value) for item in group.items])

    def _audit(self, source: Source, why: str) -> None:
        with self._markup.element("AuditRecord"):
            self._who(source)
            self._markup.text("DateTimeStamp", format_utc(source.at))
            if why:
                self._markup.text("ReasonForChange", why)
            self._markup.text("SourceID", source.id)

    def _signed(self, mark: Mark, *, audited: bool) -> None:
        if not audited:
            self._audit(mark.source, mark.why)
        named = f"SIG.{mark.source.id}.{mark.event.repeat or mark.event.oid}"
        with self._markup.element("Signature", {"ID": named}):
            self._who(mark.source)
            self._markup.empty("SignatureRef", {"SignatureOID": people.signature_oid(mark.meaning)})
            self._markup.text("DateTimeStamp", format_utc(mark.source.at))

    def _who(self, source: Source) -> None:
        self._markup.empty("UserRef", {"UserOID": self._people.user(source.author, self._subject)})
        self._markup.empty("LocationRef", {"LocationOID": self._people.place(source.author, self._site)})


@lru_cache(maxsize=8192)  # most of what an entry says other entries say as well
def _item(oid: str, action: Action, value: str | None) -> str:
    blank = "Yes" if value is None and action is not Action.REMOVE else None
    return empty("ItemData", {"ItemOID": oid, "TransactionType": action, "IsNull": blank, "Value": value})


def _inserted(is_new: bool) -> str:
    return Action.INSERT if is_new else CONTEXT


def _named(change: FormChange) -> Attributes:
    return {"FormOID": change.form.oid, "FormRepeatKey": change.form.repeat, "TransactionType": change.action}
