"""The pages of docs/validation/: what is promised, by what it is proven, and how the last run ended."""

import csv
import io
from collections.abc import Sequence

from scripts.evidence.proofs import Claim
from scripts.evidence.results import FAILED, NOT_RUN, PASSED, SKIPPED, Results

COLUMNS = ("id", "kind", "says", "source", "test", "cases", "result", "missing")
MADE = "Written by `scripts/validation.py`; nothing here is typed by hand.\n"
NO_TEST = "no test"


def verdict(claim: Claim, results: Results) -> str:
    """In one or two words how the claim stands."""
    words = {results.of_test(test) for test in claim.tests}
    if not words:
        return "not proven"
    for word in (FAILED, NOT_RUN, SKIPPED):
        if word in words:
            return word
    return "proven in part" if claim.missing else "proven"


def traceability(claims: Sequence[Claim], results: Results) -> str:
    """The page that an inspector reads."""
    parts = ["# From requirements to tests\n", MADE, run_line(results), _sums(claims, results)]
    for title, wanted in (("Requirements of law and guideline", True), ("What the README promises", False)):
        some = [one for one in claims if one.is_requirement is wanted]
        parts.append(f"## {title}\n")
        parts.append("| | what | from | stands |\n|---|---|---|---|\n" + "".join(_row(one, results) for one in some))
        parts.append("### Test by test\n")
        parts += [_tests(one, results) for one in some]
    return "\n".join(parts)


def table(claims: Sequence[Claim], results: Results) -> str:
    """The same as CSV: a line for each claim and test."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(COLUMNS)
    for one in claims:
        kind = "requirement" if one.is_requirement else "feature"
        for test in one.tests or ("",):
            outcome = results.of_test(test) if test else NO_TEST
            lines.writerow(
                (one.id, kind, one.says, one.source, test, results.cases(test) if test else 0, outcome, one.missing)
            )
    return out.getvalue()


def front(claims: Sequence[Claim], results: Results) -> str:
    """What lies in the folder, and of which run it tells."""
    return "\n".join((
        "# Evidence\n",
        MADE,
        run_line(results),
        _sums(claims, results),
        "- [From requirements to tests](traceability.md), and [as CSV](traceability.csv)",
        "- [Every column that holds data](data-map.md), and [as CSV](data-map.csv)",
        "- What a hospital checks on its own server: `xerodiary qualify`, in [Running a server](../operations.md)",
    ))  # fmt: skip


def run_line(results: Results) -> str:
    """Commit, date, versions, and how the whole run ended."""
    about, sums = results.about, results.sums
    when = " and ".join(sorted({time[:16].replace("T", " ") for time in results.times if time}))
    return (
        f"Run of {when}, commit `{about['commit']}`, Python {about['python']}, SQLite {about['sqlite']}, "
        f"PostgreSQL {about['postgresql']}: {sums[PASSED]} cases passed, {sums[FAILED]} failed, "
        f"{sums[SKIPPED]} were skipped.\n"
    )


def _sums(claims: Sequence[Claim], results: Results) -> str:
    stands = [verdict(one, results) for one in claims]
    words = ("proven", "proven in part", "not proven", FAILED, SKIPPED, NOT_RUN)
    told = ", ".join(f"{stands.count(word)} {word}" for word in words if word in stands)
    return f"{len(claims)} requirements and features: {told}.\n"


def _row(one: Claim, results: Results) -> str:
    stands = verdict(one, results)
    missing = f". {one.missing}" if one.missing else ""
    return f"| {one.id} | {one.says} | {one.source} | **{stands}**{missing} |\n"


def _tests(one: Claim, results: Results) -> str:
    lines = [f"**{one.id}** {one.says}\n"]
    for test in one.tests:
        count = results.cases(test)
        several = f", {count} cases" if count > 1 else ""
        lines.append(f"- {_in_words(test)}: {results.of_test(test)}{several} (`{test.partition('::')[0]}`)")
    if one.missing:
        lines.append(f"- Not proven: {one.missing}")
    return "\n".join(lines) + "\n"


def _in_words(test: str) -> str:
    """Tests are named as sentences."""
    return test.partition("::test_")[2].replace("_", " ")
