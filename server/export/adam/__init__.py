"""ADQS, the analysis dataset of the diary: daily values and weekly means in ADaM's basic data structure."""

from server.export.adam.part import open_adam

__all__ = ["open_adam"]
