"""What a reminder says: the study's display name, that the diary is waiting, and the link; a mail how to stop it, too.

Nothing else, ever (R42).
"""

import re
from dataclasses import dataclass
from functools import cache

from diary_app.core.catalogue import message
from diary_app.core.errors import Code, XerodiaryError
from diary_app.core.study import Study
from diary_app.resources import LANGUAGES, catalogue, instruments
from server.settings import Settings
from server.study_words import DOMAIN, spoken_in

#: Parts of words that would tell a bystander of an illness, a treatment or a trial, in both languages.
TELLING = (
    "xero", "dry", "mouth", "saliva", "cancer", "tumo", "treat", "therap", "radia", "trial", "study", "studie",
    "clinic", "disease", "medic", "eyes", "sygdom", "øjne",
    "hospital", "patient", "participant", "symptom", "pain", "dose", "doctor", "nurse", "questionnaire",
    "mund", "spyt", "kræft", "stråle", "behandl", "forsøg", "klinik", "sygehus", "deltager", "smerte", "læge",
    "sygeplej", "spørgeskema", "placebo", "stem", "stamcelle", "injection", "indsprøjt",
)  # fmt: skip
_PSEUDONYM = re.compile(r"\b[0-9A-Za-z]{1,8}-[0-9]{3,}\b")
_WORD = re.compile(r"\w+")
_SHORT = 4
#: What every message says, whatever the study is called.
_WAITING, _TIME = message("{name}: your diary is waiting."), message("Time for the diary")
_BEFORE_LINK = message("You can stop these messages here:")
_LAST = message("This message was sent automatically and cannot be answered.")
#: The last part of a host's name, such as `.dk`, is nobody's choice; that of a display name is.
_TOP_LEVEL = re.compile(r"((?://|@)[a-z0-9.-]+)\.[a-z]{2,}(?=[/:>\s]|$)")
#: Words of titles that say nothing by themselves.
_HARMLESS = {"diary", "dagbog", "daily", "daglig", "after", "before", "weekly", "month", "months"}


@dataclass(frozen=True)
class Words:
    """One reminder in one language, the same for everybody. `before_link`, `last`: what only a mail says besides."""

    sender: str
    subject: str
    text: str
    before_link: str
    last: str

    def mail(self, stop: str) -> str:
        """The text of a mail to somebody who can stop the messages at that address.

        A text message has no such line: it would be two, and a second link in it looks like fraud.
        """
        return f"{self.text}\n{self.before_link}\n{stop}\n\n{self.last}\n"


class MessageTelling(XerodiaryError):
    """A message would say more than that a diary is waiting; it is not sent."""


def words(study: Study, language: str, settings: Settings) -> Words:
    """The reminder in the participant's language, else in the study's first. Raises `MessageTelling`."""
    spoken = spoken_in(study, language)
    name, say = study.display_name[spoken], catalogue(spoken, DOMAIN).text
    waiting, link = say(_WAITING, name=name), f"{settings.public_url}/app/"
    made = Words(
        sender=name, subject=say(_TIME), text=f"{waiting}\n{link}\n", before_link=say(_BEFORE_LINK), last=say(_LAST),
    )  # fmt: skip
    refuse_telling(study, made, settings.smtp_sender)
    return made


def refuse_telling(study: Study, made: Words, *more: str) -> None:
    """Raises `MessageTelling` when a message, its sender or its link tells of health, the study or a person."""
    shown = "\n".join((made.sender, made.subject, made.mail(stop=""), *more))
    found = telling_words(study, shown)
    if found or _PSEUDONYM.search(shown.lower()):
        raise MessageTelling(
            Code.MESSAGE_NOT_SENT,
            f"A reminder would say too much: {', '.join(found) or 'a participant number'}.",
            "Choose a display name, a sender and a public address that say nothing of health or the study.",
        )


def telling_words(study: Study, text: str) -> tuple[str, ...]:
    """What in the text tells of health or of the study; what every message says besides tells of neither.

    It is taken out before the study's own words are looked for: one called STOP may send its messages, and still not
    under that name.
    """
    shown = text.lower()
    chosen, named = _beside_always(shown), _beside_always(_TOP_LEVEL.sub(r"\1", shown))
    found = {word for word in TELLING if word in shown} | {word for word in _own_words(study) if word in chosen}
    return tuple(sorted(found | {id_ for id_ in _ids(study) if _stands_alone(id_, named)}))


def _beside_always(text: str) -> str:
    for always in _always():
        text = text.replace(always, "\n")
    return text


@cache
def _always() -> tuple[str, ...]:
    """In every language, with the parts of a link that are the same for every study; the longest first."""
    texts = [catalogue(one, DOMAIN) for one in LANGUAGES]
    said = {one.text(pattern) for one in texts for pattern in (_WAITING, _TIME, _BEFORE_LINK, _LAST)}
    parts = {part.strip().lower() for text in said for part in text.split("{name}")} - {""}
    return tuple(sorted({*parts, "https://", "http://", "/app/"}, key=len, reverse=True))


def _own_words(study: Study) -> set[str]:
    """The study's longer ids, its title's words, its sites and its instruments."""
    titles = [study.title, study.registry, study.studyid, study.id]
    titles += [text for site in study.sites for text in (site.name, site.id)]
    titles += [text for one in instruments() for text in (one.code, one.title)]
    words = {word.lower() for text in titles for word in _WORD.findall(text) if len(word) > _SHORT}
    return words - _HARMLESS | {id_ for id_ in _ids(study) if len(id_) > _SHORT}


def _ids(study: Study) -> set[str]:
    """As a whole, as their parts may be short."""
    return {id_.lower() for id_ in (study.studyid, study.id, study.registry) if id_} - _HARMLESS


def _stands_alone(word: str, text: str) -> bool:
    """Not within another word: a short id may be a part of any, and no reminder would leave."""
    return re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", text) is not None
