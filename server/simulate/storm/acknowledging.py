"""What the study asks a participant about corrections, as a phone was told."""

from diary_app.core.corrections import answer_in
from diary_app.core.records import RecordKind
from diary_app.storage.diary import Diary


def asked(diary: Diary) -> list[str]:
    """Ids of the corrections that wait for a word and were not answered on this phone."""
    said = (answer_in(record) for record in diary.records(RecordKind.ACKNOWLEDGEMENT))
    answered = {fact.detail.correction for fact in said if fact}
    waiting = (one.correction for one in diary.corrections_told() if not one.approved)
    return [one for one in waiting if one not in answered]
