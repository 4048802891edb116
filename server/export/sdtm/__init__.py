"""The study's tabulation for a sponsor: QS and SUPPQS in three forms with their Define-XML, and a key to merge them."""

from server.export.sdtm.part import open_sdtm
from server.export.sdtm.reference import open_reference

__all__ = ["open_reference", "open_sdtm"]
