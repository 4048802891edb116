"""FHIR R4B as NDJSON, one file a type: what a hospital's or sponsor's system reads without knowing this diary."""

from server.export.fhir.part import open_fhir

__all__ = ["open_fhir"]
