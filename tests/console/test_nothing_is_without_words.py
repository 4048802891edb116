"""Whoever adds a role, an alert or a format is told here where its words stand; a page would fail without them."""

from server.access.roles import HOLDERS, Role
from server.alerts.digest import LINES
from server.alerts.open_alerts import OF_THE_BACKUP, OF_THE_DOORS, OF_THE_REMINDERS, Kind
from server.console.exports.pages import FORMATS
from server.console.inbox.words import ALERTS
from server.console.people.words import MEANINGS, ROLES
from server.export.folders import FOLDERS
from server.export.formats import MEANINGS as FILES
from server.export.formats import Format

#: What is set aside and what a gap is are told by what they are about.
OF_THEIR_OWN = {Kind.SET_ASIDE, Kind.CHAIN_GAP}


def test_every_role_has_a_name_and_says_what_it_opens() -> None:
    assert set(ROLES) == set(MEANINGS) == set(Role), "server/console/people/words.py"
    assert {role for roles in HOLDERS.values() for role in roles} == set(Role), "server/access/roles.py, HOLDERS"


def test_every_alert_has_its_words_on_the_page() -> None:
    assert set(ALERTS) == set(Kind) - OF_THEIR_OWN, "server/console/inbox/words.py, ALERTS"


def test_every_alert_is_told_in_the_mail_of_the_morning() -> None:
    of_the_house = OF_THE_BACKUP | OF_THE_REMINDERS | OF_THE_DOORS | {Kind.BREACH_UNDECIDED}
    assert set(LINES) == set(Kind) - of_the_house, "server/alerts/digest.py, LINES"


def test_every_format_has_its_words_its_folder_and_what_its_files_are() -> None:
    assert set(FORMATS) == set(Format) - {Format.STATES}, "server/console/exports/pages.py, FORMATS"
    assert {of for of, _ in FOLDERS.values()} == set(Format), "server/export/folders.py"
    assert {name.split("/")[0] for name in FILES if "/" in name} == {*FOLDERS, "archive"}, "server/export/formats.py"
