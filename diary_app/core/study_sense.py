"""What a version that is to go live should not say although it can be read: it would be noticed much too late.

Asked where a file is checked and rehearsed, and where a version goes live; never of one that is live already, as what
was collected under it has to stay readable.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from string import Formatter

from diary_app.core.errors import Code, FileProblem
from diary_app.core.instrument_sense import Translated, instrument_faults, score_range
from diary_app.core.instruments import Instrument
from diary_app.core.study import Study
from diary_app.core.tomlfile import Fault, TomlFile
from diary_app.core.tomllines import Path

_LONGEST_LABEL, _LONGEST_USUBJID, _LONGEST_SUBJECT = 60, 64, 20
_EMPTY = "The text is empty."


@dataclass(frozen=True)
class Program:
    """What is asked of the program that a version is to run in.

    `telling`: what in a text tells a bystander of health or of the study, by which no reminder would be sent.
    """

    instruments: Collection[Instrument]
    is_translated: Translated
    telling: Callable[[Study, str], Sequence[str]]


def sense_problems(
    study: Study, live: Sequence[Study], program: Program, today: date, *, file: str = ""
) -> tuple[FileProblem, ...]:
    """What should be changed before the version goes live; empty for one that is live already.

    `live`: versions that were live, oldest first. What none may change any more is asked of the first alone, and what
    an earlier release let go live may stay: it could else never be amended.
    """
    if study.sha256 in {one.sha256 for one in live}:
        return ()
    faults = [
        *([] if live else _fixed_faults(study, today)),
        *_shared_id_faults(study, live),
        *_text_faults(study),
        *_label_faults(study),
        *_eligibility_faults(study),
        *_visit_faults(study),
        *_telling_faults(study, program),
        *_bound_faults(study, program.instruments),
        *instrument_faults(study, live, program.instruments, program.is_translated),
    ]
    if not faults:
        return ()
    toml = TomlFile.read(study.text, file=file or f"{study.id}.toml", code=Code.STUDY_INVALID, head="study")
    return toml.problems(faults)


def _fixed_faults(study: Study, today: date) -> Iterator[Fault]:
    """Of what stays as it is for good."""
    path: Path = ("usubjid",)
    if study.day_zero > today:
        yield Fault(
            ("day_zero",), "{day} is still to come; exports number every row by the days since then.",
            "Write a day before the first participant, such as the first of this year.", {"day": str(study.day_zero)},
        )  # fmt: skip
    if any(spec or conversion for _, _, spec, conversion in Formatter().parse(study.usubjid)):
        yield Fault(path, "something stands in the braces beside the name.", "Write {site} and {subject} alone.")
        return
    if not (study.usubjid.isascii() and study.usubjid.isprintable()):
        yield Fault(path, "transport files hold plain letters only.", "Use A-Z, a-z, 0-9 and signs such as -.")
    if max(len(study.usubjid_for(site.number, "")) for site in study.sites) > _LONGEST_USUBJID - _LONGEST_SUBJECT:
        yield Fault(path, "the id would be very long.", "Use at most {number} letters.", {"number": _LONGEST_USUBJID})


def _shared_id_faults(study: Study, live: Sequence[Study]) -> Iterator[Fault]:
    """`1` with `12` and `11` with `2`, one after the other, are one id. A site that was live cannot be renumbered."""
    parts = [(text, name) for text, name, _, _ in Formatter().parse(study.usubjid)]
    places = [place for place, (_, name) in enumerate(parts) if name in ("site", "subject")]
    between = "".join(text for text, _ in parts[places[0] + 1 : places[-1] + 1])
    lengths = _number_lengths(study)
    was_so = any(lengths <= _number_lengths(one) for one in live)
    if all(letter.isalnum() for letter in between) and len(lengths) > 1 and not was_so:
        yield Fault(
            ("usubjid",), "two participants could share an id: site numbers differ in length.",
            "Write a - between site and subject, or site numbers of one length.",
        )  # fmt: skip


def _number_lengths(study: Study) -> set[int]:
    return {len(site.number) for site in study.sites}


def _text_faults(study: Study) -> Iterator[Fault]:
    needed: list[tuple[Path, str]] = [(("title",), study.title)]
    for number, site in enumerate(study.sites):
        needed.append((("sites", number, "name"), site.name))
        if not any(letter.isdigit() for letter in site.contact.phone):
            yield Fault(
                ("sites", number, "contact", "phone"), "participants find no number here to call.",
                "Write the number that is answered at the hours named.",
            )  # fmt: skip
    for path, text in needed:
        if not text.strip():
            yield Fault(path, _EMPTY, "Write it.")
    for key in ("protocol_version", "ethics_reference", "dpia_reference"):
        said = getattr(study.approvals, key)
        if said and not said.strip():
            yield Fault(
                ("approvals", key), "a blank is no reference.", 'Write the reference, or "" while there is none.'
            )


def _label_faults(study: Study) -> Iterator[Fault]:
    for path, texts in study.texts():
        for language in study.languages:
            text = texts.get(language)
            if not isinstance(text, str):
                continue
            if not text.strip():
                yield Fault((*path, language), _EMPTY, "Write it.")
            elif len(text) > _LONGEST_LABEL:
                longest = {"number": _LONGEST_LABEL}
                yield Fault(
                    (*path, language), "a phone has no room for so long a text.", "Use {number} letters.", longest
                )


def _telling_faults(study: Study, program: Program) -> Iterator[Fault]:
    for language, name in study.display_name.items():
        if words := program.telling(study, name):
            yield Fault(
                ("display_name", language), "a bystander would read too much in it: {words}.",
                "Choose a name that says nothing of health or of the study; else no reminder is sent.",
                {"words": ", ".join(words)},
            )  # fmt: skip


def _eligibility_faults(study: Study) -> Iterator[Fault]:
    """The checklist is the same in every language, line by line."""
    lists = [study.eligibility.get(language, ()) for language in study.languages] if study.eligibility else []
    if len({len(one) for one in lists}) > 1:
        yield Fault(("eligibility",), "the lists have different lengths.", "Write every criterion in each language.")


def _visit_faults(study: Study) -> Iterator[Fault]:
    for number, visit in enumerate(study.visits):
        path: Path = ("visits", number, "instruments")
        if not visit.instruments:
            yield Fault(path, "nothing is asked at this visit.", "Name a questionnaire, or remove the visit.")
        if len(set(visit.instruments)) < len(visit.instruments):
            yield Fault(path, "a questionnaire is named twice.", "Each may occur once only.")
    asked = {code for visit in study.visits for code in visit.instruments}
    for number, one in enumerate(study.instruments):
        if one.active and one.code not in asked:
            yield Fault(
                ("instruments", number, "active"), "no visit asks {name}.",
                "Name it at a visit, or write active = false.", {"name": one.code},
            )  # fmt: skip


def _bound_faults(study: Study, instruments: Collection[Instrument]) -> Iterator[Fault]:
    diary = next(
        (one for one in instruments if (one.code, one.version) == (study.diary.instrument, study.diary.version)), None
    )
    for number, rule in enumerate(study.alert_rules):
        score = next((one for one in diary.scores if one.code == rule.score), None) if diary else None
        if diary is None or score is None:
            continue
        lowest, highest = score.to_range or score_range(diary, score)
        key, bound = ("at_least", rule.at_least) if rule.at_least is not None else ("at_most", rule.at_most)
        if bound is not None and not lowest <= bound <= highest:
            yield Fault(
                ("alert_rules", number, key), "{score} goes from {lowest} to {highest}.",
                "Write a bound that it can reach.", {"score": score.code, "lowest": lowest, "highest": highest},
            )  # fmt: skip
