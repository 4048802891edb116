"""The formats of a bundle: which folder each fills, and who writes it."""

from enum import StrEnum

from server.export.content import Opener


class Format(StrEnum):
    """What can be asked for by name."""

    CSV = "csv"
    SDTM = "sdtm"
    ADAM = "adam"
    ODM = "odm"
    FHIR = "fhir"
    TRAIL = "trail"
    #: Days and visits with their states and the rates, without any answer.
    STATES = "states"


#: What a bundle holds unless something is named; the states alone are in its CSV files as well.
EVERYTHING = frozenset(Format) - {Format.STATES}

#: Folders in the order in which they are written; the key to who is who comes with SDTM.
FOLDERS: dict[str, tuple[Format, Opener]] = {}
