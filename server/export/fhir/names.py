"""Names in the FHIR files: ids, canonical addresses, code systems, extensions and times, made from facts alone.

Nobody answers under `urn:xerodiary:`, so that no address here can ever lead to a host that is somebody else's.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from diary_app.core.study import Study

Json = dict[str, Any]

ROOT = "urn:xerodiary"
HL7 = "http://hl7.org/fhir/StructureDefinition"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
#: The widest offset that a FHIR dateTime can state, in minutes.
_WIDEST_OFFSET = 14 * 60
#: Control characters, which a FHIR string must not hold, become their pictures; tab and line ends may stay.
_PICTURES = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n\r"} | {0x7F: 0x2421}
_OTHER_SPACE = re.compile(r"[^\S \t\n\r]")


def fhir_id(text: str) -> str:
    """The text where it may be an id (64 letters, digits, points and hyphens), else a UUID that follows from it."""
    return text if _ID.fullmatch(text) else str(uuid5(NAMESPACE_URL, f"{ROOT}:{text}"))


def reference(type: str, text: str) -> Json:
    """Leads to another resource of these files."""
    return {"reference": f"{type}/{fhir_id(text)}"}


def canonical(study: Study, instrument: str, version: str = "") -> str:
    """The address of a questionnaire, with its version where one is given."""
    return f"{ROOT}:{study.id}:questionnaire:{instrument}" + (f"|{version}" if version else "")


def identifier(study: Study, what: str, value: str) -> Json:
    """The study's own name for something: `what` is `entry`, `participant`, `account` and the like."""
    return {"system": f"{ROOT}:{study.id}:{what}", "value": clean(value)}


def coded(system: str, code: str) -> Json:
    """A code of the diary's own, readable without a look into its system."""
    return {"coding": [{"system": f"{ROOT}:{system}", "code": code}], "text": code.replace("_", " ")}


def extension(name: str, kind: str, value: object) -> Json:
    """One of the diary's own extensions; `kind` is the FHIR type, as `Code`."""
    return {"url": f"{ROOT}:extension:{name}", f"value{kind}": value}


def extension_of(name: str, *parts: tuple[str, str, object]) -> Json:
    """One of the diary's own with parts (name, type, value); a part without a value is left out."""
    inner = [{"url": part, f"value{kind}": value} for part, kind, value in parts if value is not None]
    return {"url": f"{ROOT}:extension:{name}", "extension": inner}


def clean(text: str) -> str:
    """The text as a FHIR string may hold it."""
    return text if text.isprintable() else _OTHER_SPACE.sub(" ", text.translate(_PICTURES))


def local_time(moment: datetime, offset_minutes: int) -> str:
    """The moment on the participant's wall with its offset; in UTC for an offset that FHIR cannot state."""
    offset = offset_minutes if abs(offset_minutes) <= _WIDEST_OFFSET else 0
    wall = (moment.astimezone(UTC) + timedelta(minutes=offset)).replace(tzinfo=None)
    hours, minutes = divmod(abs(offset), 60)
    return f"{wall.isoformat(timespec='milliseconds')}{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}"
