"""Who writes each folder of a bundle."""

from server.export.adam import open_adam
from server.export.content import Opener
from server.export.csv_part import open_csv
from server.export.fhir import open_fhir
from server.export.formats import Format
from server.export.odm.writing import open_odm
from server.export.sdtm import open_reference, open_sdtm
from server.export.states_part import open_states
from server.export.trail_part import open_trail

#: In the order in which they are written; the key to who is who comes with SDTM.
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
