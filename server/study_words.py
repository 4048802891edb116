"""The words of console, mails and sheets for one study: a diary that is not kept in the evening is not called one.

Messages are written for a diary of the evening, as most are. For another, evening reads day and `aften` reads `dag`,
in whatever sentence is written tomorrow too; the few that would say it twice, or mean the hours, are given whole.
"""

import re
from collections.abc import Mapping
from functools import cache
from gettext import NullTranslations

from diary_app.core.catalogue import Catalogue
from diary_app.core.study import Study
from diary_app.resources import LANGUAGES, catalogue

DOMAIN = "console"

_EVENING = re.compile(r"\b(?:(an) )?(evenings?)\b|\b(aften(?:en|er|erne)?s?)\b", re.IGNORECASE)
_DAY: Mapping[str, str] = {
    "evening": "day", "evenings": "days",
    "aften": "dag", "aftens": "dags", "aftenen": "dagen", "aftenens": "dagens",
    "aftener": "dage", "aftenerne": "dagene",
}  # fmt: skip
#: Of those below, what is said instead, in both languages.
_OTHERWISE: Mapping[str, str] = {
    # It is the hours that are chosen.
    "The evening that suits them": "The hours that suit them",
    "Evenings to choose from": "Hours to choose from",
    "Aftener at vælge imellem": "Tidsrum at vælge imellem",
    "evening chosen": "hours chosen",
    "valg af aften": "valg af tidsrum",
    "chosen evening": "chosen hours",
    "valgt aften": "valgt tidsrum",
    "which evening was chosen": "which hours were chosen",
    "hvilken aften der blev valgt": "hvilket tidsrum der blev valgt",
    "an evening that was chosen": "hours that were chosen",
    "en aften, der blev valgt": "et tidsrum, der blev valgt",
    "another evening from here on": "other hours from here on",
    "en anden aften herfra": "et andet tidsrum herfra",
    "their choice of evening is gone; they get the usual one": "their choice of hours is gone; they get the usual ones",
    "den valgte aften findes ikke mere; de får den sædvanlige": (
        "det valgte tidsrum findes ikke mere; de får det sædvanlige"
    ),
    "{number} loses their own choice of evening": "{number} loses their own choice of hours",
    "{number} lose their own choice of evening": "{number} lose their own choice of hours",
    "{number} mister sit eget valg af aften": "{number} mister sit eget valg af tidsrum",
    "{number} mister deres eget valg af aften": "{number} mister deres eget valg af tidsrum",
    "clocks change during the evening": "clocks change during these hours",
    "urene stilles i løbet af aftenen": "urene stilles i løbet af tidsrummet",
    "det blev gemt, før aftenen åbnede": "det blev gemt, før tidsrummet åbnede",
    "det blev gemt, efter at aftenen var lukket": "det blev gemt, efter at tidsrummet var lukket",
    "dateret, før aftenen åbnede; tæller ikke": "dateret, før tidsrummet åbnede; tæller ikke",
    "dateret, efter at aftenen var lukket; tæller ikke": "dateret, efter at tidsrummet var lukket; tæller ikke",
    # It would be said twice, or too short.
    "An entry at 00:40 has the date of the day after its evening. A time that a clock shows twice in a night counts as "
    "the first.": (
        "An entry after midnight has its own date, also where it is about the day before. A time that a clock shows "
        "twice in a night counts as the first."
    ),
    "En besvarelse kl. 00.40 har datoen for dagen efter sin aften. Et klokkeslæt, som uret viser to gange på en nat, "
    "regnes som det første.": (
        "En besvarelse efter midnat har sin egen dato, også når den handler om dagen før. Et klokkeslæt, som uret "
        "viser to gange på en nat, regnes som det første."
    ),
    "No evening falls on these days.": "The diary asks on none of these days.",
    "Ingen aften falder på de dage.": "Dagbogen spørger ikke på de dage.",
    "No evening falls on these days. Choose an earlier first day, or more days.": (
        "The diary asks on none of these days. Choose an earlier first day, or more days."
    ),
    "Ingen aften falder på disse dage. Vælg en tidligere første dag eller flere dage.": (
        "Dagbogen spørger ikke på disse dage. Vælg en tidligere første dag eller flere dage."
    ),
    "Nobody has an evening in these days": "Nobody is asked in these days",
    "Ingen har en aften i de dage": "Ingen spørges i de dage",
    "The next {number} days. Of evenings, the first that differs is shown; a number opens everything of one person.": (
        "The next {number} days. Of each person the first that differs is shown; a number opens everything of one."
    ),
    "De næste {number} dage. Af aftener vises den første, der er anderledes; et nummer åbner alt om én deltager.": (
        "De næste {number} dage. For hver deltager vises den første, der er anderledes; et nummer åbner alt om én."
    ),
    "The phone has not been in touch for two days, although evenings were expected": (
        "The phone has not been in touch for two days, although entries were expected"
    ),
    "Telefonen har ikke været i kontakt i to dage, selv om der var ventet aftener": (
        "Telefonen har ikke været i kontakt i to dage, selv om der var ventet besvarelser"
    ),
    "Diaries of the evening that are here: {here} of {expected}": (
        "Diaries of that day that are here: {here} of {expected}"
    ),
    "Aftenens dagbøger, der er kommet: {here} af {expected}": (
        "Dagbøger fra den dag, der er kommet: {here} af {expected}"
    ),
    "Evenings, dates and statuses under a number": "Days of the diary, dates and statuses under a number",
    "Aftener, datoer og statusser under et nummer": "Dage i dagbogen, datoer og statusser under et nummer",
}


def spoken_in(study: Study, wanted: str) -> str:
    """That language where we have words in it and the study a name, else the study's first."""
    return wanted if wanted in LANGUAGES and wanted in study.display_name else study.languages[0]


def words_of(study: Study, language: str) -> Catalogue:
    """The console's words in that language, as this study's diary is asked for. Raises KeyError."""
    return catalogue(language, DOMAIN) if study.diary.is_of_evenings else of_any_day(language)


@cache
def of_any_day(language: str) -> Catalogue:
    """The words for a diary that is filled in at another time, or at one of several."""
    return Catalogue(language, _OfAnyDay(catalogue(language, DOMAIN).translations))


class _OfAnyDay(NullTranslations):
    """What another catalogue says, without its evenings."""

    def __init__(self, of: NullTranslations) -> None:
        super().__init__()
        self._of = of

    def gettext(self, message: str) -> str:
        return _neutral(self._of.gettext(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return _neutral(self._of.ngettext(msgid1, msgid2, n))


@cache
def _neutral(text: str) -> str:
    return _OTHERWISE[text] if text in _OTHERWISE else _EVENING.sub(_as_day, text)


def _as_day(found: re.Match[str]) -> str:
    article, word = found[1], found[2] or found[3]
    day = _DAY[word.lower()]
    return ("a " if article == "an" else "A " if article else "") + (day.capitalize() if word[0].isupper() else day)
