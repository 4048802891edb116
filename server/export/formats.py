"""The formats of a bundle: which folder each fills, and who writes it."""

from enum import StrEnum

from server.export.adam import open_adam
from server.export.content import Opener
from server.export.csv_part import open_csv
from server.export.fhir import open_fhir
from server.export.odm import open_odm
from server.export.sdtm import open_reference, open_sdtm
from server.export.states_part import open_states
from server.export.trail_part import open_trail


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
FOLDERS: dict[str, tuple[Format, Opener]] = {
    "csv": (Format.CSV, open_csv),
    "sdtm": (Format.SDTM, open_sdtm),
    "reference": (Format.SDTM, open_reference),
    "adam": (Format.ADAM, open_adam),
    "odm": (Format.ODM, open_odm),
    "fhir": (Format.FHIR, open_fhir),
    "trail": (Format.TRAIL, open_trail),
    "states": (Format.STATES, open_states),
}
