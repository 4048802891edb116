"""ODM 1.3.2: one transactional file with every version of every entry, by whom, when and why."""

from server.export.odm.writing import open_odm

__all__ = ["open_odm"]
