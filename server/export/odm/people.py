"""Who and where, as an audit record names them: users and locations, and the meanings of signatures."""

from collections.abc import Iterator

from diary_app.core.staff_acts import Meaning
from diary_app.core.study import Study
from server.access.roles import Role
from server.export.content import About
from server.export.odm.markup import Markup
from server.export.odm.sources import Author
from server.trail.fields import OF_THE_SPONSOR, OPERATOR, PARTICIPANT, PROGRAM, SPONSOR

SPONSOR_PLACE, SERVER_PLACE = "LOC.SPONSOR", "LOC.SERVER"
_ON_THE_SERVER = (OPERATOR, PROGRAM)
_LEGAL_REASON = "Signed with user name and password, asked for at each signature."


class People:
    """Staff and places that audit records have named; there are few of them, however many participants there are."""

    def __init__(self, about: About) -> None:
        self._about = about
        self._staff: set[Author] = set()
        self._sites = {site.id: site.name for one in about.versions for site in one.study.sites}

    def user(self, author: Author, subject: str) -> str:
        """OID of a user; a participant is named by the subject key."""
        if author.role == PARTICIPANT:
            return participant_user(subject)
        self._staff.add(author)
        return _staff_user(author)

    def place(self, author: Author, site: str) -> str:
        """OID of where somebody acted from; participants and staff without an organisation are the site's."""
        if author.role in _ON_THE_SERVER:
            return SERVER_PLACE
        if author.organisation == SPONSOR and SPONSOR not in self._sites:
            return SPONSOR_PLACE
        return self.site(author.organisation if author.organisation in self._sites else site)

    def site(self, site: str) -> str:
        """OID of a site."""
        self._sites.setdefault(site, site)
        return f"LOC.SITE.{site}"

    def learned(self) -> tuple[set[Author], dict[str, str]]:
        """See `Part`."""
        return self._staff, self._sites

    def take(self, learned: tuple[set[Author], dict[str, str]]) -> None:
        """See `Part`."""
        staff, sites = learned
        self._staff |= staff
        self._sites = {**sites, **self._sites}

    def write_staff(self, markup: Markup) -> None:
        """A user for each role that somebody acted in."""
        for author in sorted(self._staff, key=_staff_user):
            with markup.element("User", {"OID": _staff_user(author), "UserType": _type_of(author)}):
                markup.text("LoginName", author.name)
                markup.text("DisplayName", f"{author.name} ({author.role})" if author.role else author.name)
                if author.organisation:
                    markup.text("Organization", self._sites.get(author.organisation, author.organisation))

    def write_places(self, markup: Markup) -> None:
        """Sites, the sponsor and the server itself, then what a signature can mean."""
        places = {f"LOC.SITE.{site}": (name, "Site") for site, name in self._sites.items()}
        places |= {SPONSOR_PLACE: ("Sponsor", "Sponsor"), SERVER_PLACE: ("The server of the diary", "Other")}
        for oid, (name, kind) in sorted(places.items()):
            with markup.element("Location", {"OID": oid, "Name": name, "LocationType": kind}):
                for study, since in studies(self._about):
                    markup.empty(
                        "MetaDataVersionRef",
                        {
                            "StudyOID": study_oid(study),
                            "MetaDataVersionOID": version_oid(study),
                            "EffectiveDate": since,
                        },
                    )
        for meaning in Meaning:
            with markup.element("SignatureDef", {"OID": signature_oid(meaning), "Methodology": "Electronic"}):
                markup.text("Meaning", meaning.replace("_", " "))
                markup.text("LegalReason", _LEGAL_REASON)


def participant_user(subject: str) -> str:
    """OID of a participant as a user."""
    return f"USER.PARTICIPANT.{subject}"


def write_participant(markup: Markup, subject: str, site: str) -> None:
    """A participant as a user: the number, and nothing else."""
    with markup.element("User", {"OID": participant_user(subject), "UserType": "Other"}):
        markup.text("DisplayName", subject)
        markup.empty("LocationRef", {"LocationOID": site})


def studies(about: About) -> Iterator[tuple[Study, str]]:
    """Each version of the study once, with the date from which it was used, oldest first."""
    known = {one.study.version: one for one in about.versions}
    for one in known.values():
        yield one.study, one.since.date().isoformat()
    if about.study.version not in known:
        yield about.study, about.cut.at.date().isoformat()


def study_oid(study: Study) -> str:
    """OID of the study, the same for all its versions."""
    return f"ST.{study.studyid}"


def version_oid(study: Study) -> str:
    """OID of one version of the study."""
    return f"MDV.{study.version}"


def signature_oid(meaning: Meaning) -> str:
    """OID of what a signature means."""
    return f"SIG.{meaning.upper()}"


def _staff_user(author: Author) -> str:
    return f"USER.STAFF.{author.name}/{author.role}/{author.organisation}".rstrip("/")


def _type_of(author: Author) -> str:
    roles = set(author.role.split(", "))
    if Role.INVESTIGATOR in roles:
        return "Investigator"
    return "Sponsor" if roles and roles <= OF_THE_SPONSOR else "Other"
