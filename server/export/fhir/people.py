"""The study, its sites and its participants as FHIR: pseudonyms and statuses, never a name and never an arm."""

from collections.abc import Iterator

from diary_app.core.anchors import anchors
from diary_app.core.facts import Randomised
from diary_app.core.history import in_order
from diary_app.core.status import DisplayStatus, display_status, in_force
from diary_app.core.study import Site, Study
from diary_app.core.times import format_utc
from server.export.content import About
from server.export.fhir.names import Json, clean, extension, extension_of, fhir_id, identifier, reference
from server.export.participant import ExportedParticipant

#: What FHIR calls each status; the diary's own stands beside it, since several share one name.
STATUSES = {
    DisplayStatus.ACTIVE: "on-study",
    DisplayStatus.NEVER_ACTIVATED: "pending-on-study",
    DisplayStatus.TREATMENT_STOPPED: "on-study-observation",
    DisplayStatus.DIARY_STOPPED: "follow-up",
    DisplayStatus.COMPLETED: "off-study",
    DisplayStatus.LOST_TO_FOLLOW_UP: "off-study",
    DisplayStatus.DIED: "off-study",
    DisplayStatus.CONSENT_WITHDRAWN: "withdrawn",
    DisplayStatus.SCREEN_FAILURE: "ineligible",
}


def research_study(about: About) -> Json:
    """The study, and which cut these files are. Whether the trial is closed the diary does not know: it is `active`."""
    study, cut = about.study, about.cut
    registry = [identifier(study, "registry", study.registry)] if study.registry else []
    return {
        "resourceType": "ResearchStudy",
        "id": fhir_id(study.id),
        "extension": [
            extension_of(
                "cut",
                ("id", "String", cut.id),
                ("kind", "Code", cut.kind.value),
                ("at", "Instant", format_utc(cut.at)),
                ("content-sha256", "String", cut.content_sha256),
                ("program", "String", about.program),
            ),
            extension("study-version", "String", study.version),
        ],
        "identifier": [identifier(study, "studyid", study.studyid), *registry],
        "title": study.title,
        "status": "active",
    }


def organizations(about: About) -> Iterator[Json]:
    """Every site of any version of the study, by id, as the newest version that has it says."""
    sites: dict[str, Site] = {}
    for study in (*(version.study for version in about.versions), about.study):
        sites |= {site.id: site for site in study.sites}
    for name in sorted(sites):
        yield {
            "resourceType": "Organization",
            "id": fhir_id(name),
            "identifier": [identifier(about.study, "site", sites[name].number)],
            "name": sites[name].name,
        }


def patient(study: Study, person: ExportedParticipant) -> Json:
    """A pseudonym: everything that these files know of who somebody is."""
    number, _, subject = person.id.partition("-")
    return {
        "resourceType": "Patient",
        "id": fhir_id(person.id),
        "identifier": [identifier(study, "usubjid", study.usubjid_for(number, subject))],
        "managingOrganization": reference("Organization", person.site),
    }


def research_subject(about: About, person: ExportedParticipant) -> Json:
    """Where somebody stood in the trial when the cut was taken, and the dates of the treatments."""
    status = display_status(person.facts, about.cut.at)
    return {
        "resourceType": "ResearchSubject",
        "id": fhir_id(person.id),
        "extension": [_status(about, person, status), *_treatments(about.study, person), *_randomised(person)],
        "identifier": [identifier(about.study, "participant", person.id)],
        "status": STATUSES[status],
        "study": reference("ResearchStudy", about.study.id),
        "individual": reference("Patient", person.id),
    }


def _status(about: About, person: ExportedParticipant, status: DisplayStatus) -> Json:
    said = next((one for one in in_force(person.facts, about.cut.at) if one.status.value == status.value), None)
    return extension_of(
        "status",
        ("status", "Code", status.value),
        ("effective", "Date", said.effective.isoformat() if said else None),
        ("reason", "String", clean(said.reason) if said and said.reason else None),
    )


def _treatments(study: Study, person: ExportedParticipant) -> Iterator[Json]:
    for anchor in anchors(study, person.facts).values():
        if anchor.planned or anchor.actual or anchor.not_given:
            yield extension_of(
                "treatment",
                ("id", "Code", anchor.id),
                ("planned", "Date", anchor.planned and anchor.planned.isoformat()),
                ("actual", "Date", anchor.actual and anchor.actual.isoformat()),
                ("time", "Time", anchor.actual_time and f"{anchor.actual_time}:00"),
                ("not-given", "Date", anchor.not_given and anchor.not_given.isoformat()),
            )


def _randomised(person: ExportedParticipant) -> Iterator[Json]:
    days = [fact.detail.day for fact in in_order(person.facts) if isinstance(fact.detail, Randomised)]
    if days:
        yield extension("randomised", "Date", days[-1].isoformat())
