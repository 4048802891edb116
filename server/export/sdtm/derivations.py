"""How derived columns come about, in words for the Define-XML: by the names that the columns have for their methods."""

from collections.abc import Mapping

METHODS: Mapping[str, str] = {
    "QSSEQ": (
        "(diary day - day_zero of the study file, in days) x 1000 + slot of the questionnaire in the study file x 50 + "
        "slot of the question in the questionnaire; slot 0 for QSALL. Of a visit VISITNUM x 100000000 in the place of "
        "what the diary day gives, as two visits may be filled in on one day. A function of the fact alone: numbers "
        "stay when later data arrive, and gaps mean nothing."
    ),
    "QSSTRESC": "Equal to QSORRES.",
    "QSSTRESN": "QSSTRESC as a number.",
    "QSDY": (
        "Date part of QSDTC - date on which the study's first treatment was given (reference/dm_key, RFSTDTC), + 1 on "
        "and after that date; no day 0. Empty while the first treatment has not been given."
    ),
    "QSLOBXFL": (
        "Y on the last answered row of a participant and QSTESTCD whose capture (SUPPQS QSUTC) is before the start of "
        "the first treatment and, in the diary, whose diary day (SUPPQS QSDDAT) is before its date; a visit goes by "
        "its capture alone, as its window ends where the treatment begins. Last by diary day, then by capture. "
        "Without a recorded time the treatment starts at the beginning of its date, by the participant's home zone. "
        "Nobody has the flag whose first treatment has not been given."
    ),
    "EPOCH": (
        "By the diary day, not by QSDTC: SCREENING before the date of the first treatment that was given, TREATMENT "
        "from that date, FOLLOW-UP from the date of the last treatment of a study that has more than one. Of a visit "
        "by its capture, or by the end of its window where it has no entry: before a treatment starts, on its date "
        "too, the epoch is the one before it. TA.EPOCH is the sponsor's; map it where it has other names."
    ),
}
