"""Whether a correction may be approved, by what the participant said and staff recorded: the rule said once more."""

import json

from sqlalchemy import Connection, text

from diary_app.core.correction_facts import CorrectionRefused, CorrectionWaived, CorrectionWithdrawn
from server.simulate.storm.decided import Decided

_SAID = text("SELECT text FROM record WHERE participant = :participant AND kind = 'acknowledgement' ORDER BY change_no")


def against(connection: Connection, decided: Decided, participant: str, correction: str) -> str | None:
    """Why nobody may approve it; None where somebody may. The participant's last word goes before a waiver."""
    acts = [one.detail for one in decided.acts if getattr(one.detail, "correction", "") == correction]
    if any(isinstance(one, CorrectionRefused | CorrectionWithdrawn) for one in acts):
        return "staff had decided against it"
    bodies = (json.loads(said)["body"] for said in connection.execute(_SAID, {"participant": participant}).scalars())
    answers = [body["answer"] for body in bodies if body.get("correction") == correction]
    if answers:
        return None if answers[-1] == "right" else "the participant wants the entry left as it was"
    return None if any(isinstance(one, CorrectionWaived) for one in acts) else "nobody has said that it is right"
