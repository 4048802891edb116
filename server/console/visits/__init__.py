"""Planned treatments and visits, and where the questionnaires of each visit stand."""
