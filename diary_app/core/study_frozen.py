"""What a new version of a study may not change, because what was collected under the earlier ones depends on it.

Exports count every row from `day_zero` and by the slots that the first version named (`server/export/numbering.py`),
and visits of a questionnaire are graded for as long as the study lists it. So a version that changes either is refused
where a file is checked, where a server starts with it, and where it is rehearsed.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from diary_app.core.errors import Code, FileProblem
from diary_app.core.instruments import Instrument, Item
from diary_app.core.study import Study
from diary_app.core.study_versions import version_number
from diary_app.core.tomlfile import Fault, TomlFile
from diary_app.core.tomllines import Path

_LIST_IT = "List it again with active = false: nobody is asked any more, and what was answered keeps its place."
_AGAIN = "Write {line} again."
_OTHER_CODE = "Give the question a code and a slot of its own; exports put equal codes together."
_NEW_CODE = "Keep the slot, and give what is new a code and a slot of its own."


def amendment_problems(
    versions: Sequence[Study],
    proposed: Study,
    instruments: Collection[Instrument],
    inhabited: Collection[str],
    *,
    file: str = "",
) -> tuple[FileProblem, ...]:
    """Why `proposed` may not follow the versions that were live, oldest first; empty when it may, or when it is one.

    `inhabited`: ids of the sites that have participants. Code of a refusal: amendment_forbidden.
    """
    if not versions or proposed.sha256 in {one.sha256 for one in versions}:
        return ()
    toml = TomlFile.read(proposed.text, file=file or f"{proposed.id}.toml", code=Code.AMENDMENT_FORBIDDEN, head="study")
    faults = [
        *_version_faults(versions, proposed),
        *_numbering_faults(versions, proposed),
        *_slot_faults(_first_slots(versions), _first_slots(versions[-1:]), proposed),
        *_listed_faults(versions, proposed),
        *_item_faults(versions, proposed, instruments),
        *_site_faults(versions[-1], proposed, inhabited),
    ]
    return toml.problems(faults)


def _version_faults(versions: Sequence[Study], proposed: Study) -> Iterator[Fault]:
    live = versions[-1]
    versions_named = {"version": proposed.version, "live": live.version}
    if proposed.version in {one.version for one in versions}:
        yield Fault(
            ("version",), "version {version} was live before with other contents.",
            "Give the changed file a version above {live}.", versions_named,
        )  # fmt: skip
    elif version_number(proposed.version) <= version_number(live.version):
        yield Fault(
            ("version",), "version {version} is older than version {live}, which is live.",
            "Write a version above {live}; going back is a new version as well.", versions_named,
        )  # fmt: skip


def _numbering_faults(versions: Sequence[Study], proposed: Study) -> Iterator[Fault]:
    """`day_zero` is that of the first version, by which exports go; names are those that the last export had."""
    first, live = versions[0], versions[-1]
    held: tuple[tuple[Study, Fault], ...] = (
        (first, Fault(("day_zero",), "it was {was} in version {version}; exports number every row from it.", _AGAIN)),
        (live, Fault(("studyid",), "it was {was} in version {version}; exports name the study by it.", _AGAIN)),
        (live, Fault(("usubjid",), "it was {was} in version {version}; exports name every participant by it.", _AGAIN)),
    )
    for earlier, fault in held:
        key = str(fault.path[0])
        was, would = getattr(earlier, key), getattr(proposed, key)
        if was != would:
            line = f"{key} = {was}" if key == "day_zero" else f'{key} = "{was}"'
            yield replace(fault, named={"was": str(was), "version": earlier.version, "line": line})


def _first_slots(versions: Sequence[Study]) -> dict[str, int]:
    slots: dict[str, int] = {}
    for study in versions:
        for _, code, slot in _slots(study):
            slots.setdefault(code, slot)
    return slots


def _slots(study: Study) -> Iterator[tuple[Path, str, int]]:
    yield ("diary",), study.diary.instrument, study.diary.slot
    for number, one in enumerate(study.instruments):
        yield ("instruments", number), one.code, one.slot


def _slot_faults(first: Mapping[str, int], live: Mapping[str, int], proposed: Study) -> Iterator[Fault]:
    """What an earlier release let go live may stay: it is no change, and could else never be amended."""
    holders = {slot: code for code, slot in first.items()}
    for path, code, slot in _slots(proposed):
        was = first.get(code)
        if was is not None and slot not in {was, live.get(code)}:
            yield Fault(
                (*path, "slot"),
                "the slot of {code} was {was} from the first version on; exports number its rows by it.",
                "Write slot = {was} again.", {"code": code, "was": was},
            )  # fmt: skip
        elif was is None and slot in holders and path != ("diary",):  # another diary is refused as a whole
            yield Fault(
                (*path, "slot"), "slot {slot} belongs to {code}, also where that is asked no more.",
                "Write a slot that no version of the study has used.", {"slot": slot, "code": holders[slot]},
            )  # fmt: skip


def _listed_faults(versions: Sequence[Study], proposed: Study) -> Iterator[Fault]:
    """The diary's questionnaire stays the diary's; every other that was ever active stays listed."""
    live = versions[-1]
    if proposed.diary.instrument != live.diary.instrument:
        yield Fault(
            ("diary", "instrument"), "the diary is kept in {code}; evenings are graded and exported by it.",
            'Write instrument = "{code}" again.', {"code": live.diary.instrument},
        )  # fmt: skip
    listed = {one.code for one in proposed.instruments}
    used = {one.code for study in versions for one in study.instruments if one.active}
    for code in sorted(used - listed - {proposed.diary.instrument}):
        yield Fault(("instruments",), "{code} was in use and is not listed any more.", _LIST_IT, {"code": code})


def _item_faults(versions: Sequence[Study], proposed: Study, instruments: Collection[Instrument]) -> Iterator[Fault]:
    """Between two versions of a questionnaire a question keeps slot and answers, and no other takes the slot."""
    known = {(one.code, one.version): one for one in instruments}
    before = {(code, version) for study in versions for _, code, version in _named(study)}
    for path, code, version in _named(proposed):
        if (code, version) in before:
            continue  # nothing new: whatever it renumbered is live already
        for old_version in sorted(old for other, old in before if other == code and old != version):
            old, new = known.get((code, old_version)), known.get((code, version))
            about = {"code": code, "version": version, "old": old_version}
            if old and new and (moved := _moved(_slots_of(old), _slots_of(new))):
                yield Fault(
                    (*path, "version"), "{code} {version} numbers {items} otherwise than {old}, which was in use.",
                    _NEW_CODE, {**about, "items": ", ".join(moved)},
                )  # fmt: skip
            if old and new and (others := _answered_otherwise(old, new)):
                yield Fault(
                    (*path, "version"),
                    "{code} {version} asks {items} with other answers than {old}, which was in use.",
                    _OTHER_CODE, {**about, "items": ", ".join(others)},
                )  # fmt: skip


def _named(study: Study) -> Iterator[tuple[Path, str, str]]:
    yield ("diary",), study.diary.instrument, study.diary.version
    for number, one in enumerate(study.instruments):
        if one.active:
            yield ("instruments", number), one.code, one.version


def _slots_of(instrument: Instrument) -> dict[str, int]:
    return {item.code: item.slot for item in instrument.items}


def _answered_otherwise(old: Instrument, new: Instrument) -> list[str]:
    """Questions of which one number would mean two things, in means and tables over both versions.

    An answer may be added to a choice; another word for one cannot be told from another meaning.
    """
    before = {item.code: item for item in old.items}
    return [one.code for one in new.items if one.code in before and not _answered_alike(before[one.code], one)]


def _answered_alike(old: Item, new: Item) -> bool:
    if (old.kind, old.look_back) != (new.kind, new.look_back):
        return False
    kept, there = set(old.values), set(new.values)
    match old.kind:
        case "choice":
            return kept <= there
        case "scale":
            return kept == there
        case _:
            assert_never(old.kind)


def _moved(old: Mapping[str, int], new: Mapping[str, int]) -> list[str]:
    taken = {slot: item for item, slot in old.items()}
    return [item for item, slot in new.items() if old.get(item, slot) != slot or taken.get(slot, item) != item]


def _site_faults(live: Study, proposed: Study, inhabited: Collection[str]) -> Iterator[Fault]:
    """Where there are participants, a site and its number stay: both are part of what exports call them."""
    there = {site.id: (number, site) for number, site in enumerate(proposed.sites)}
    for site in live.sites:
        if site.id not in inhabited:
            continue
        about: dict[str, object] = {"site": site.id, "number": site.number}
        if site.id not in there:
            yield Fault(("sites",), "site {site} has participants and is not listed.", "List the site again.", about)
        elif there[site.id][1].number != site.number:
            number, _ = there[site.id]
            yield Fault(
                ("sites", number, "number"),
                "the number of site {site} was {number}; participants there are named by it.",
                'Write number = "{number}" again.', about,
            )  # fmt: skip
