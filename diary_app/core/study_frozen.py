"""What a new version of a study may not change, because what was collected under the earlier ones depends on it.

Exports count every row from `day_zero` and by the slots that the first version named (`server/export/numbering.py`),
and visits of a questionnaire are graded for as long as the study lists it. So a version that changes either is refused
where a file is checked, where a server starts with it, and where it is rehearsed.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from diary_app.core.errors import Code, FileProblem
from diary_app.core.instruments import Instrument
from diary_app.core.study import Study
from diary_app.core.tomlfile import Fault, TomlFile
from diary_app.core.tomllines import Path

_LIST_IT = "List it again with active = false: nobody is asked any more, and what was answered keeps its place."
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
    if proposed.version in {one.version for one in versions}:
        why = f"version {proposed.version} was live before with other contents."
        yield Fault(("version",), why, f"Give the changed file a version above {live.version}.")
    elif _number(proposed.version) <= _number(live.version):
        why = f"version {proposed.version} is older than version {live.version}, which is live."
        yield Fault(("version",), why, f"Write a version above {live.version}; going back is a new version as well.")


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _numbering_faults(versions: Sequence[Study], proposed: Study) -> Iterator[Fault]:
    """`day_zero` is that of the first version, by which exports go; names are those that the last export had."""
    first, live = versions[0], versions[-1]
    held: tuple[tuple[str, Study, str], ...] = (
        ("day_zero", first, "exports number every row from it"),
        ("studyid", live, "exports name the study by it"),
        ("usubjid", live, "exports name every participant by it"),
    )
    for key, earlier, why in held:
        was, would = getattr(earlier, key), getattr(proposed, key)
        if was != would:
            yield Fault(
                (key,), f"it was {was} in version {earlier.version}; {why}.", f"Write {_as_written(key, was)} again."
            )


def _as_written(key: str, value: object) -> str:
    return f"{key} = {value}" if key == "day_zero" else f'{key} = "{value}"'


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
            why = f"the slot of {code} was {was} from the first version on; exports number its rows by it."
            yield Fault((*path, "slot"), why, f"Write slot = {was} again.")
        elif was is None and slot in holders and path != ("diary",):  # another diary is refused as a whole
            why = f"slot {slot} belongs to {holders[slot]}, also where that is asked no more."
            yield Fault((*path, "slot"), why, "Write a slot that no version of the study has used.")


def _listed_faults(versions: Sequence[Study], proposed: Study) -> Iterator[Fault]:
    """The diary's questionnaire stays the diary's; every other that was ever active stays listed."""
    live = versions[-1]
    if proposed.diary.instrument != live.diary.instrument:
        why = f"the diary is kept in {live.diary.instrument}; evenings are graded and exported by it."
        yield Fault(("diary", "instrument"), why, f'Write instrument = "{live.diary.instrument}" again.')
    listed = {one.code for one in proposed.instruments}
    used = {one.code for study in versions for one in study.instruments if one.active}
    for code in sorted(used - listed - {proposed.diary.instrument}):
        yield Fault(("instruments",), f"{code} was in use and is not listed any more.", _LIST_IT)


def _item_faults(versions: Sequence[Study], proposed: Study, instruments: Collection[Instrument]) -> Iterator[Fault]:
    """Between two versions of a questionnaire, a question keeps its slot, and no other takes it."""
    known = {(one.code, one.version): {item.code: item.slot for item in one.items} for one in instruments}
    before = {(code, version) for study in versions for _, code, version in _named(study)}
    for path, code, version in _named(proposed):
        if (code, version) in before:
            continue  # nothing new: whatever it renumbered is live already
        new = known.get((code, version), {})
        for old_version in sorted(old for other, old in before if other == code and old != version):
            if moved := _moved(known.get((code, old_version), {}), new):
                why = f"{code} {version} numbers {', '.join(moved)} otherwise than {old_version}, which was in use."
                yield Fault((*path, "version"), why, _NEW_CODE)


def _named(study: Study) -> Iterator[tuple[Path, str, str]]:
    yield ("diary",), study.diary.instrument, study.diary.version
    for number, one in enumerate(study.instruments):
        if one.active:
            yield ("instruments", number), one.code, one.version


def _moved(old: Mapping[str, int], new: Mapping[str, int]) -> list[str]:
    taken = {slot: item for item, slot in old.items()}
    return [item for item, slot in new.items() if old.get(item, slot) != slot or taken.get(slot, item) != item]


def _site_faults(live: Study, proposed: Study, inhabited: Collection[str]) -> Iterator[Fault]:
    """Where there are participants, a site and its number stay: both are part of what exports call them."""
    there = {site.id: (number, site) for number, site in enumerate(proposed.sites)}
    for site in live.sites:
        if site.id not in inhabited:
            continue
        if site.id not in there:
            yield Fault(("sites",), f"site {site.id} has participants and is not listed.", "List the site again.")
        elif there[site.id][1].number != site.number:
            number, _ = there[site.id]
            why = f"the number of site {site.id} was {site.number}; participants there are named by it."
            yield Fault(("sites", number, "number"), why, f'Write number = "{site.number}" again.')
