"""The formats of a bundle by name, and what each file of theirs is."""

from enum import StrEnum


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

#: What each file is, for the page that a person reads first.
MEANINGS = {
    "csv/long.csv": "One row for every question that was answered or skipped",
    "csv/wide.csv": "One row for every entry, with its scores",
    "csv/expected_days.csv": "One row for every day on which an entry was expected, with its state",
    "csv/visits.csv": "One row for every questionnaire of every visit, with its window and state",
    "csv/weekly_means.csv": "Means of each week before and after treatment 1, and the baseline",
    "csv/compliance.csv": "Rates with n and N, by participant, site and period",
    "csv/compliance_by_day.csv": "The pair of rates by study day: of those still expected, and of all randomised",
    "csv/dictionary.csv": "Every column of every CSV file",
    "sdtm/qs.xpt": "QS as a SAS transport file, version 5",
    "sdtm/qs.json": "QS as Dataset-JSON 1.1",
    "sdtm/qs.ndjson": "QS as Dataset-JSON 1.1, a line for each row",
    "sdtm/suppqs.xpt": "SUPPQS as a SAS transport file, version 5",
    "sdtm/suppqs.json": "SUPPQS as Dataset-JSON 1.1",
    "sdtm/suppqs.ndjson": "SUPPQS as Dataset-JSON 1.1, a line for each row",
    "sdtm/define.xml": "Define-XML 2.1 for both",
    "reference/dm_key.csv": "Who is who, with reference dates; no DM",
    "reference/dm_key.json": "The same as Dataset-JSON",
    "adam/adqs.xpt": "ADQS as a SAS transport file, version 5",
    "adam/define.xml": "Define-XML 2.1 for it",
    "adam/adqs.csv": "ADQS: each answer and score by day, and weekly means",
    "adam/adqs.json": "The same as Dataset-JSON 1.1",
    "adam/adqs.ndjson": "The same, a line for each row",
    "odm/odm.xml": "ODM 1.3.2: every transaction with its audit record, signatures included",
    "fhir/Questionnaire.ndjson": "FHIR R4B: the questionnaires",
    "fhir/QuestionnaireResponse.ndjson": "FHIR R4B: one response for every entry, also for what was voided",
    "fhir/Task.ndjson": "FHIR R4B: every expected day and every visit without an entry",
    "fhir/Provenance.ndjson": "FHIR R4B: who accepted, corrected, typed or signed what",
    "fhir/ResearchStudy.ndjson": "FHIR R4B: the study",
    "fhir/ResearchSubject.ndjson": "FHIR R4B: participants in the study, by status",
    "fhir/Patient.ndjson": "FHIR R4B: the pseudonyms that responses are about",
    "fhir/Organization.ndjson": "FHIR R4B: sites and sponsor",
    "trail/audit_trail.csv": "Who changed what from what to what, when and why",
    "trail/audit_trail.ndjson": "The same, a line for each row",
    "trail/site_trail.csv": "The same of sites and the study alone: accounts, rights, cuts, extracts",
    "trail/set_aside.csv": "What came and does not count by itself, why, and what was decided; no answers",
    "trail/dictionary.csv": "Every column of these files",
    "trail/chain.csv": "Every record and fact by its place on its chain, with hashes",
    "states/expected_days.csv": "One row for every day on which an entry was expected, with its state",
    "states/visits.csv": "One row for every questionnaire of every visit, with its window and state",
    "states/compliance.csv": "Rates with n and N, by participant, site and period",
    "states/compliance_by_day.csv": "The pair of rates by study day",
    "states/dictionary.csv": "Every column of every CSV file",
    "archive/facts.zip": "Every fact verbatim; a server can be made from it",
    "reviewers_note.html": "What to know before looking at the data",
    "verify.py": "Checks the whole bundle; needs Python 3.11 and nothing else",
}
