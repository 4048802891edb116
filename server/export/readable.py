"""README.html: what is in a bundle, for whoever opens it first."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from diary_app.core.grading import State
from server.export import tally as counted
from server.export.content import OVER, About, CutKind
from server.export.page import bullets, facts, grouped, heading, moment, paragraph, share, state, table, write_page

README = "README.html"
#: (path in the bundle, rows or None, what it is).
File = tuple[str, int | None, str]
_MEANINGS = {
    State.DONE: "Filled in on time, or typed by staff of its window",
    State.LATE: "Filled in after the window had closed, with a coded reason",
    State.MISSED: "Nothing was filled in, as the phone itself has confirmed",
    State.UNKNOWN: "Not heard from: nobody can say whether something was filled in",
    State.EXCUSED: "The site accepted the empty day for a coded reason",
}
_KINDS = {
    CutKind.INTERIM: "Interim: what is unknown may still come",
    CutKind.FINAL: "Final: what is unknown counts as not done in SDTM",
}
_DAYS = (
    (
        "The diary day is the participant's local date whose evening window was open. An entry saved at 00:40, or"
        " at 11:00 the next morning, belongs to the evening before."
    ),
    (
        "Capture is the tap on Save. It is there as local time, as UTC and with its offset, beside the diary day;"
        " receipt is when the server had stored the entry."
    ),
    (
        "Days since a treatment are counted by the diary day: the treatment date is day 1, the day before it day "
        "-1, and there is no day 0. An entry on the treatment date is after the treatment."
    ),
    (
        "Weeks, baseline, periods and flags go by the diary day. SDTM's QSDTC and QSDY go by capture, as SDTM "
        "asks; SUPPQS has the diary day (QSDDAT, QSDDY)."
    ),
)
_ABSENT = (
    "No treatment arm and nothing that shows one.",
    "No names, addresses, telephone numbers or other contact data of participants; the trail names staff.",
    "Not a word of a licensed questionnaire: codes and short labels of our own instead.",
    "No place: a time zone other than the home zone is written as OTHER.",
    "No answers of practice entries, nothing made after a withdrawal of consent, and nothing received after the cut.",
)


def write_readme(
    folder: Path,
    about: About,
    tally: Mapping[str, int],
    files: Sequence[File],
    *,
    checks: Sequence[str],
) -> None:
    """Write `README.html` into `folder`.

    `tally`: `server.export.tally.count` summed over all participants. `files`: everything else in the bundle.
    `checks`: commands that show whether the bundle is as it was written.
    """
    study = about.study
    write_page(folder / README, about, f"{study.studyid}: diary data", _body(about, tally, files, checks))


def _body(about: About, tally: Mapping[str, int], files: Sequence[File], checks: Sequence[str]) -> Iterable[str]:
    yield paragraph(about.study.title)
    yield heading("The cut")
    yield facts(cut_facts(about))
    yield heading("What was counted")
    yield _counts(tally)
    yield _states(tally, [path for path, _, _ in files])
    yield heading("Files")
    rows = [(f"`{path}`", "" if rows is None else grouped(rows), what) for path, rows, what in files]
    yield table(("File", "Rows", "What it is"), rows, numbers={1}, style="stacked")
    yield heading("Days, dates and times")
    yield bullets(_DAYS)
    yield heading("What is not here")
    yield bullets(_ABSENT)
    yield heading("Whether it is whole")
    yield paragraph(
        "The manifest names every file with its SHA-256. The same cut, written again by the same program, gives the "
        "same bytes; written from another database or by another version, it still has the same fingerprint of "
        "contents. To check the folder:"
    )
    yield bullets(f"`{check}`" for check in checks)
    yield paragraph(
        "SHA256 is that of `manifest.json`: the study's trail has it, and whoever made the bundle was told it. Never "
        "take it from the bundle itself: without it, a file that was changed together with its hash may go unnoticed."
    )


def cut_facts(about: About) -> list[tuple[str, str]]:
    """What the cut is and what it was made from."""
    study, cut = about.study, about.cut
    versions = ", ".join(dict.fromkeys(one.study.version for one in about.versions)) or study.version
    questionnaires = ", ".join(f"{one.code} {one.version}" for one in about.instruments)
    return [
        ("Kind", _KINDS[cut.kind]),
        ("Taken at", moment(cut.at, study.sites[0].zone)),
        ("Means", "Everything that the server had received by then, and nothing later"),
        ("Sites", _sites(about)),
        ("Study", f"{study.studyid}, registered as {study.registry}; study file: version {versions}"),
        ("Questionnaires", questionnaires),
        ("Written by", about.program),
        ("Cut", f"`{cut.id}`"),
        ("Fingerprint of contents", f"`{cut.content_sha256}`"),
    ]


def _sites(about: About) -> str:
    """Which sites' participants are in the bundle; sums over all are over these."""
    if about.sites is None:
        return "all"
    found = [f"{site.number} {site.name}" for site in about.study.sites if site.id in about.sites]
    return f"only {', '.join(found)}; every other site is left out, and what is said of all is of these"


def _counts(tally: Mapping[str, int]) -> str:
    rows = [
        ("Participants", tally.get(counted.PARTICIPANTS, 0), "With or without a diary day"),
        ("Entries", tally.get(counted.ENTRIES, 0), "Diary days and visits that were filled in, each once"),
        ("Of these on a day that nobody expected", tally.get(counted.EXTRA, 0), "Kept, and outside every rate"),
        ("Answers", tally.get(counted.ANSWERS, 0), "Questions with a value"),
        ("Skipped questions", tally.get(counted.SKIPS, 0), "Preferred not to answer, or not applicable"),
    ]
    return table(("What", "Number", "What is counted"), rows, numbers={1}, style="stacked")


def _states(tally: Mapping[str, int], paths: Sequence[str]) -> str:
    expected = tally.get(counted.EXPECTED, 0)
    rows = [(state(one), share(tally.get(one, 0), expected), _MEANINGS[one]) for one in OVER]
    caption = f"Diary days that were expected and were over at the cut: {grouped(expected)}. They are the sum of these:"
    left_out = tally.get(counted.LEFT_OUT, 0)
    return table(("State", "n / N", "What it means"), rows, numbers={1}, caption=caption, style="stacked") + paragraph(
        f"Of them, {grouped(left_out)} are of screen failures or of people who never had a phone, and in no rate: the "
        f"N of rates over the whole diary is {grouped(expected - left_out)} where excused days count as missed, and "
        "less the excused ones where they are left out."
        + "".join(f" In `{path}`, `counted` says which." for path in paths if path.endswith("/expected_days.csv"))
    )
