"""A reader of its own: takes the transactions of an ODM file one by one and says what stands after the last."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element, iterparse

NS = "{http://www.cdisc.org/ns/odm/v1.3}"
Row = dict[str, str]
#: Study event, its repeat key, form, its repeat key.
Key = tuple[str, str, str, str]
#: Item -> its value; None for a blank.
Items = dict[str, str | None]


@dataclass(frozen=True)
class Audit:
    """Who, where, when, why, and in which record or fact it stands."""

    user: str
    place: str
    at: str
    why: str
    source: str


@dataclass(frozen=True)
class Step:
    """One transaction. `items`: what it does to each, as (transaction type, value); empty where a form goes away."""

    subject: str
    version: str
    key: Key
    action: str
    audit: Audit
    items: dict[str, tuple[str, str | None]]
    meaning: str = ""


@dataclass
class Book:
    """What the file says. `forms`: by subject, as they stand after the last transaction."""

    forms: dict[str, dict[Key, Items]] = field(default_factory=lambda: defaultdict(dict))
    steps: list[Step] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)
    study: str = ""
    _events: set[tuple[str, str, str]] = field(default_factory=set)

    def of(self, subject: str, *, form: str = "", event: str = "", repeat: str = "") -> list[Step]:
        """Transactions of one subject."""
        return [
            step
            for step in self.steps
            if step.subject == subject
            and form in ("", step.key[2])
            and event in ("", step.key[0])
            and repeat in ("", step.key[1])
        ]

    # ---- reading -------------------------------------------------------------------------------------------

    def take(self, clinical: Element) -> None:
        """One element of clinical data."""
        version = clinical.attrib["MetaDataVersionOID"]
        assert version in self.versions
        for data in clinical:
            subject = data.attrib["SubjectKey"]
            assert (data.attrib["TransactionType"] == "Insert") == (subject not in self.forms)
            (event,) = data.findall(f"{NS}StudyEventData")
            self._event(data, event, subject, version)

    def _event(self, data: Element, event: Element, subject: str, version: str) -> None:
        name, repeat = event.attrib["StudyEventOID"], event.get("StudyEventRepeatKey", "")
        assert (event.attrib["TransactionType"] == "Insert") == ((subject, name, repeat) not in self._events)
        self._events.add((subject, name, repeat))
        self.forms[subject]  # known from here on
        audit = _audit(data, event, *event.findall(f"{NS}FormData"))
        assert audit.user in self.users
        assert audit.place in self.places
        if (signed := event.find(f"{NS}Signature")) is not None:
            meaning = signed.find(f"{NS}SignatureRef")
            assert meaning is not None
            assert event.find(f"{NS}FormData") is None
            key = (name, repeat, "", "")
            self.steps.append(Step(subject, version, key, "Signature", audit, {}, meaning.attrib["SignatureOID"]))
            return
        (form,) = event.findall(f"{NS}FormData")
        key = (name, repeat, form.attrib["FormOID"], form.get("FormRepeatKey", ""))
        self._form(form, key, subject, version, audit)

    def _form(self, form: Element, key: Key, subject: str, version: str, audit: Audit) -> None:
        action, standing = form.attrib["TransactionType"], self.forms[subject]
        assert (action == "Insert") == (key not in standing), (action, key)
        changes: dict[str, tuple[str, str | None]] = {}
        if action == "Remove":
            assert not list(form.iter(f"{NS}ItemData"))
            del standing[key]
        else:
            items = standing.setdefault(key, {})
            for item in form.iter(f"{NS}ItemData"):
                changes[item.attrib["ItemOID"]] = _changed(items, item)
            assert changes
        self.steps.append(Step(subject, version, key, action, audit, changes))

    # ---- the same rows as in the CSV files -----------------------------------------------------------------

    def long_rows(self) -> Iterator[Row]:
        """Every answer that counts, or why there is none."""
        for subject, forms in self.forms.items():
            who = self._who(subject)
            for key, said in forms.items():
                if key[2] == "F.STANDING" and said.get("IT.STANDING.ENTRY_ID"):
                    yield from self._answers(subject, who, key, said)

    def _answers(self, subject: str, who: Row, key: Key, said: Items) -> Iterator[Row]:
        (found,) = [
            (one, items)
            for one, items in self.forms[subject].items()
            if one[:2] == key[:2] and one[3] == said["IT.STANDING.ENTRY_FORM"] and "IT.ENTRY.ENTRY_ID" in items
        ]
        form, items = found
        assert items["IT.ENTRY.ENTRY_ID"] == said["IT.STANDING.ENTRY_ID"]
        standing = _plain("IT.STANDING.", said)
        common = who | _plain("IT.ENTRY.", items) | {name: standing.get(name, "") for name in _labels(standing)}
        common |= {"instrument": key[3], "state": standing["state"]}
        common["first_captured_utc"] = standing["first_captured_utc"]
        stem = form[2].replace("F.", "IT.", 1) + "."
        for oid in sorted((oid for oid in items if oid.startswith(stem)), key=self.order.__getitem__):
            if not oid.endswith(".SKIP"):
                value = items[oid]
                status = items[f"{oid}.SKIP"] if value is None else "answered"
                assert status is not None
                assert value is None or f"{oid}.SKIP" not in items
                yield common | {
                    "item": oid.removeprefix(stem), "item_label": self.labels[oid], "value": value or "",
                    "answer_status": status,
                    "value_as_given": self._as_given(subject, common["entry_id"], oid.removeprefix(stem)),
                }  # fmt: skip

    def _as_given(self, subject: str, entry: str, item: str) -> str:
        """The old value of the first correction of it that was approved."""
        for step in self.of(subject, form="F.CORRECTION"):
            said = self.forms[subject][step.key]
            about = (said["IT.CORRECTION.ENTRY_ID"], said.get("IT.CORRECTION.ITEM"))
            if about == (entry, item) and step.items.get("IT.CORRECTION.STATE") == ("Update", "approved"):
                return said["IT.CORRECTION.OLD"] or ""
        return ""

    def expected_rows(self) -> Iterator[Row]:
        """Every expected day whose window has opened."""
        for subject, forms in self.forms.items():
            for (event, repeat, form, instrument), said in forms.items():
                standing = _plain("IT.STANDING.", said)
                if (event, form) == ("SE.DIARY", "F.STANDING") and standing["state"] != "extra":
                    yield self._who(subject) | standing | {"diary_day": repeat, "instrument": instrument}

    def visit_rows(self) -> Iterator[Row]:
        """Every questionnaire of every visit."""
        for subject, forms in self.forms.items():
            for (event, _, form, instrument), said in forms.items():
                standing = _plain("IT.STANDING.", said)
                if event.startswith("SE.VISIT.") and form == "F.STANDING" and standing["state"] != "extra":
                    named = {"visit": event.removeprefix("SE.VISIT."), "instrument": instrument}
                    completed = {"completed_utc": standing.get("first_captured_utc", "")}
                    yield self._who(subject) | standing | named | completed

    def _who(self, subject: str) -> Row:
        joined = _plain("IT.ENROLMENT.", self.forms[subject]["SE.PARTICIPANT", "", "F.ENROLMENT", ""])
        return {
            "transfer": "study", "studyid": self.study,
            "usubjid": subject, "siteid": joined["siteid"], "subjid": joined["subjid"],
        }  # fmt: skip


def read(path: Path) -> Book:
    """The whole file."""
    book = Book()
    for _, element in iterparse(path):  # noqa: S314 - a file of our own
        match element.tag.removeprefix(NS):
            case "ProtocolName":
                book.study = element.text or ""
            case "MetaDataVersion":
                book.versions.add(element.attrib["OID"])
            case "ItemDef":
                text = element.find(f"{NS}Description/{NS}TranslatedText")
                assert text is not None
                book.labels[element.attrib["OID"]] = text.text or ""
                book.order.setdefault(element.attrib["OID"], len(book.order))
            case "User":
                book.users.add(element.attrib["OID"])
            case "Location":
                book.places.add(element.attrib["OID"])
            case "ClinicalData":
                book.take(element)
                element.clear()
    return book


def _changed(items: Items, item: Element) -> tuple[str, str | None]:
    oid, action = item.attrib["ItemOID"], item.attrib["TransactionType"]
    assert (action == "Insert") == (oid not in items), (action, oid)
    value = item.get("Value")
    if action == "Remove":
        del items[oid]
    else:
        assert (value is None) == (item.get("IsNull") == "Yes")
        items[oid] = value
    return action, value


def _audit(*elements: Element) -> Audit:
    (found,) = [one for element in elements for one in element.findall(f"{NS}AuditRecord")]
    user, place = found.find(f"{NS}UserRef"), found.find(f"{NS}LocationRef")
    assert user is not None
    assert place is not None
    texts = {child.tag.removeprefix(NS): child.text or "" for child in found}
    return Audit(
        user.attrib["UserOID"], place.attrib["LocationOID"], texts["DateTimeStamp"], texts.get("ReasonForChange", ""),
        texts["SourceID"],
    )  # fmt: skip


def _plain(stem: str, items: Items) -> Row:
    return {oid.removeprefix(stem).lower(): value or "" for oid, value in items.items() if oid.startswith(stem)}


def _labels(standing: Row) -> list[str]:
    return [name for name in standing if name.startswith("days_since_") or name == "period"]
