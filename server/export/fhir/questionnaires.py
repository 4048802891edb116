"""Questionnaires as FHIR: our own with their words in the study's languages, licensed ones without a word of theirs."""

from collections.abc import Sequence
from typing import assert_never

from diary_app.core.instruments import Instrument, Item, Wording
from diary_app.core.study import Study
from diary_app.core.wording import wording_sha256
from diary_app.resources import catalogue
from server.export.fhir.names import HL7, ROOT, Json, canonical, extension, extension_of, fhir_id, identifier

WITHHELD = "The wording is licensed and is not part of this file; labels are the study's own."
_ITEM_CONTROL = "http://hl7.org/fhir/questionnaire-item-control"


def answer_system(study: Study, instrument: Instrument, item: Item) -> str:
    """Whose codes the answers of a choice are: the same number means something else in another question."""
    return f"{ROOT}:{study.id}:answer:{instrument.code}:{instrument.version}:{item.code}"


def questionnaire(study: Study, instrument: Instrument, *, is_test: bool) -> Json:
    """One version of one questionnaire. Items are those of the whole questionnaire, also where an extract is asked."""
    own = instrument.wording is Wording.OWN
    words = _words("title", instrument.title, study.languages) if own else {"title": instrument.category}
    return {
        "resourceType": "Questionnaire",
        "id": fhir_id(f"{instrument.code}-{instrument.version}"),
        "language": study.languages[0],
        "extension": [
            extension("scoring-version", "String", instrument.scoring_version),
            *(_fingerprint(instrument, language) for language in study.languages if own),
        ],
        "url": canonical(study, instrument.code),
        "identifier": [identifier(study, "instrument", instrument.code)],
        "version": instrument.version,
        "name": instrument.code,
        **words,
        "status": "active",
        "experimental": is_test,
        "subjectType": ["Patient"],
        **({} if own else {"copyright": WITHHELD}),
        "item": [_item(study, instrument, item) for item in instrument.items],
    }


def _fingerprint(instrument: Instrument, language: str) -> Json:
    """What a response names as the words that were shown."""
    digest = wording_sha256(instrument, catalogue(language))
    return extension_of("wording-sha256", ("language", "Code", language), ("sha256", "String", digest))


def _item(study: Study, instrument: Instrument, item: Item) -> Json:
    own = instrument.wording is Wording.OWN
    code = {"system": f"{ROOT}:{study.id}:item:{instrument.code}", "code": item.code, "display": item.short}
    return {
        "extension": _extensions(study, item),
        "linkId": item.code,
        "code": [code],
        **(_words("text", item.text, study.languages) if own else _masked("text")),
        "type": _type(item),
        **_answers(study, instrument, item),
    }


def _type(item: Item) -> str:
    match item.kind:
        case "scale":
            return "integer"
        case "choice":
            return "choice"
        case _:
            assert_never(item.kind)


def _extensions(study: Study, item: Item) -> list[Json]:
    found = [extension("look-back", "Code", item.look_back.value)]
    if item.kind == "scale":
        found += [{"url": f"{HL7}/minValue", "valueInteger": item.lowest}]
        found += [{"url": f"{HL7}/maxValue", "valueInteger": item.highest}]
    if item.not_applicable:
        words = [(name, "String", catalogue(name).text(item.not_applicable)) for name in study.languages]
        found += [extension_of("not-applicable", *words)]
    return found


def _answers(study: Study, instrument: Instrument, item: Item) -> Json:
    """The options of a choice, or the words at the ends of a scale."""
    if item.kind == "choice":
        system = answer_system(study, instrument, item)
        return {
            "answerOption": [
                {
                    "valueCoding": {
                        "system": system,
                        "code": str(one.value),
                        **_words("display", one.label, study.languages),
                    }
                }
                for one in item.choices
            ]
        }
    ends = (("lower", item.low_label), ("upper", item.high_label))
    shown = [_end(item, place, text, study.languages) for place, text in ends if text]
    return {"item": shown} if shown else {}


def _end(item: Item, place: str, text: str, languages: Sequence[str]) -> Json:
    control = {"coding": [{"system": _ITEM_CONTROL, "code": place}]}
    return {
        "extension": [{"url": f"{HL7}/questionnaire-itemControl", "valueCodeableConcept": control}],
        "linkId": f"{item.code}.{place}",
        **_words("text", text, languages),
        "type": "display",
    }


def _words(field: str, message: str, languages: Sequence[str]) -> Json:
    """The message in the study's first language, and the others as translations of it; nothing for no message."""
    if not message:
        return {}
    first, *others = languages
    found: Json = {field: catalogue(first).text(message)}
    if others:
        found[f"_{field}"] = {"extension": [_translation(language, message) for language in others]}
    return found


def _translation(language: str, message: str) -> Json:
    content = catalogue(language).text(message)
    parts = [{"url": "lang", "valueCode": language}, {"url": "content", "valueString": content}]
    return {"url": f"{HL7}/translation", "extension": parts}


def _masked(field: str) -> Json:
    """Says that there are words, and that they are withheld."""
    return {f"_{field}": {"extension": [{"url": f"{HL7}/data-absent-reason", "valueCode": "masked"}]}}
