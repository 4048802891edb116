"""QS: every answer, every skipped question and every day without an entry is there once, on the right day."""

from collections import Counter

from server.export import tally
from tests.conftest import ALICE, BOB
from tests.export.sdtm.staging import CHARLIE, Row, Written


def usubjid(participant: str) -> str:
    return f"MESRIX-MORE-{participant}"


def of(written: Written, participant: str, day: str, question: str = "DMD01") -> Row:
    return written.row(USUBJID=usubjid(participant), QSSPID=f"DMD-{day}", QSTESTCD=question)


def test_an_answer_is_a_row_with_everything_that_sdtm_asks_for(final: Written) -> None:
    row = of(final, ALICE, "2026-10-21")
    assert row == {
        "STUDYID": "MESRIX-MORE", "DOMAIN": "QS", "USUBJID": "MESRIX-MORE-01-001", "QSSEQ": 293051,
        "QSGRPID": row["QSGRPID"], "QSSPID": "DMD-2026-10-21", "QSTESTCD": "DMD01",
        "QSTEST": "Dryness Today Since Waking", "QSCAT": "DRY MOUTH DIARY (DMD)", "QSORRES": "6", "QSORRESU": "",
        "QSSTRESC": "6", "QSSTRESN": 6, "QSSTAT": "", "QSREASND": "", "QSLOBXFL": "", "VISITNUM": None, "VISIT": "",
        "EPOCH": "SCREENING", "QSDTC": "2026-10-21T20:00:00", "QSDY": -6, "QSEVLINT": "",
        "QSEVINTX": "TODAY SINCE WAKING",
    }  # fmt: skip
    assert len(row["QSGRPID"]) == 36
    assert of(final, ALICE, "2026-10-21", "DMD02")["QSEVINTX"] == "LAST NIGHT"


def test_every_final_number_is_that_of_the_tally(final: Written) -> None:
    assert final.said == Counter({name: number for name, number in final.there.items() if name != tally.PARTICIPANTS})
    assert final.said["unknown"] == 9
    assert sum(final.said[name] for name in ("done", "late", "missed", "unknown", "excused")) == final.said["expected"]


def test_the_numbers_are_those_of_the_rows(final: Written) -> None:
    rows = final.rows()
    assert len({row["QSGRPID"] for row in rows} - {""}) == final.said[tally.ENTRIES]
    assert len([row for row in rows if row["QSORRES"]]) == final.said[tally.ANSWERS]
    assert len([row for row in rows if row["QSGRPID"] and row["QSSTAT"]]) == final.said[tally.SKIPS]
    assert len([row for row in rows if row["QSTESTCD"] == "QSALL"]) == sum(
        final.said[state] for state in ("missed", "unknown", "excused")
    )


def test_an_interim_cut_says_nothing_of_what_is_unknown(interim: Written) -> None:
    assert interim.rows(USUBJID=usubjid(CHARLIE)) == []
    assert "unknown" not in interim.said
    assert "expected" not in interim.said
    assert {name: interim.there[name] for name in interim.said} == dict(interim.said)


def test_a_final_cut_tells_an_unknown_day_as_not_received(final: Written) -> None:
    row = of(final, CHARLIE, "2026-10-24", "QSALL")
    assert (row["QSSTAT"], row["QSREASND"]) == ("NOT DONE", "SYNC NOT RECEIVED BEFORE CUT-OFF")
    assert (row["QSDTC"], row["QSDY"], row["QSGRPID"]) == ("2026-10-24", None, "")
    assert final.said_of(row, by="QSSEQ") == {
        "QSDDAT": "2026-10-24", "QSTIMELI": "UNKNOWN", "QSDAYRS": "SILENT",
    }  # fmt: skip


def test_days_without_an_entry_have_one_row_with_its_reason(final: Written, interim: Written) -> None:
    rows = final.rows(USUBJID=usubjid(ALICE), QSTESTCD="QSALL")
    assert rows == interim.rows(USUBJID=usubjid(ALICE), QSTESTCD="QSALL")
    assert [(row["QSDTC"], row["QSREASND"], row["QSSEQ"]) for row in rows] == [
        ("2026-10-23", "NOT COMPLETED IN WINDOW", 295050),
        ("2026-10-28", "EXCUSED BY SITE", 300050),
        ("2026-10-29", "NOT COMPLETED IN WINDOW", 301050),
    ]
    assert final.said_of(rows[1], by="QSSEQ")["QSDAYRS"] == "TOO ILL"


def test_a_skipped_question_is_not_done_for_the_participants_reason(final: Written) -> None:
    skipped = {row["QSTESTCD"]: row for row in final.rows(USUBJID=usubjid(ALICE), QSSPID="DMD-2026-10-25")}
    assert (skipped["DMD02"]["QSSTAT"], skipped["DMD02"]["QSREASND"]) == (
        "NOT DONE",
        "PARTICIPANT PREFERRED NOT TO ANSWER",
    )
    assert (skipped["DMD04"]["QSREASND"], skipped["DMD04"]["QSSTRESN"]) == ("NOT APPLICABLE", None)
    assert skipped["DMD02"]["QSGRPID"] == skipped["DMD01"]["QSGRPID"]
    assert (skipped["DMD01"]["QSSTAT"], skipped["DMD01"]["QSORRES"]) == ("", "9")


def test_an_entry_after_midnight_keeps_its_diary_day(final: Written) -> None:
    row = of(final, ALICE, "2026-10-26")
    said = final.said_of(row)
    assert (row["QSDTC"], row["QSDY"], row["EPOCH"]) == ("2026-10-27T00:40:00", 1, "SCREENING")
    assert (said["QSDDAT"], said["QSDDY"], said["QSDYT1"], said["QSTIMELI"]) == ("2026-10-26", "-1", "-1", "ON TIME")
    assert "QSDYT2" not in said


def test_the_last_observation_before_treatment_may_be_saved_in_its_first_night(final: Written) -> None:
    flagged = {row["QSTESTCD"]: row["QSSPID"] for row in final.rows(USUBJID=usubjid(ALICE), QSLOBXFL="Y")}
    assert flagged == dict.fromkeys(("DMD01", "DMD02", "DMD03", "DMD04", "DMD05", "DMD06"), "DMD-2026-10-26")


def test_what_was_saved_after_the_treatment_began_is_no_baseline(final: Written) -> None:
    late = of(final, BOB, "2026-10-26")
    assert (late["QSDTC"], late["QSLOBXFL"], late["EPOCH"]) == ("2026-10-27T11:00:00", "", "SCREENING")
    assert {row["QSSPID"] for row in final.rows(USUBJID=usubjid(BOB), QSLOBXFL="Y")} == {"DMD-2026-10-25"}
    said = final.said_of(late)
    assert (said["QSTIMELI"], said["QSLATERS"], said["QSDDY"]) == ("LATE", "UNWELL", "-1")


def test_the_hour_that_comes_twice_is_told_apart_by_its_offset(final: Written) -> None:
    row = of(final, ALICE, "2026-10-24")
    said = final.said_of(row)
    assert (row["QSDTC"], said["QSOFF"], said["QSUTC"]) == (
        "2026-10-25T02:30:00",
        "+01:00",
        "2026-10-25T01:30:00.000Z",
    )
    assert said["QSTIMELI"] == "ON TIME"
    assert final.said_of(of(final, ALICE, "2026-10-21"))["QSOFF"] == "+02:00"


def test_an_entry_at_eleven_is_on_the_day_before(final: Written) -> None:
    row = of(final, ALICE, "2026-10-22")
    assert (row["QSDTC"], row["QSDY"]) == ("2026-10-23T11:00:00", -4)
    assert (final.said_of(row)["QSDDY"], final.said_of(row)["QSLATERS"]) == ("-5", "FORGOT")


def test_an_entry_that_nobody_expected_is_marked(final: Written) -> None:
    row = of(final, BOB, "2026-10-28")
    assert final.said_of(row)["QSTIMELI"] == "EXTRA"
    assert final.said["extra"] == 1


def test_what_belongs_to_an_entry_is_said_once(final: Written) -> None:
    entries = {row["QSGRPID"] for row in final.rows() if row["QSGRPID"]}
    said = Counter(row["IDVARVAL"] for row in final.rows("suppqs", IDVAR="QSGRPID", QNAM="QSUTC"))
    assert said == Counter(entries)
    assert final.rows("suppqs", QVAL="") == []
    assert {row["IDVAR"] for row in final.rows("suppqs")} == {"QSGRPID", "QSSEQ"}


def test_an_entry_says_how_it_was_made(final: Written) -> None:
    assert final.said_of(of(final, ALICE, "2026-10-21")) == {
        "QSDDAT": "2026-10-21", "QSDDY": "-6", "QSDYT1": "-6", "QSFILLBY": "SELF", "QSLAGMIN": "0",
        "QSMODE": "OWN PHONE", "QSOFF": "+02:00", "QSORIGIN": "PARTICIPANT", "QSRCVUTC": "2026-10-21T18:00:00.000Z",
        "QSTIMELI": "ON TIME", "QSTZ": "Europe/Copenhagen", "QSUTC": "2026-10-21T18:00:00.000Z", "QSVERS": "1.0",
    }  # fmt: skip


def test_no_score_and_no_arm_is_in_any_file(final: Written) -> None:
    for file in final.folder.iterdir():
        text = file.read_bytes()
        for word in (b"DMDTOT", b"DMDDRY", b"ARMCD", b"placebo", b"PLACEBO"):
            assert word not in text, file.name


def test_rows_are_in_the_order_of_their_keys(final: Written) -> None:
    for name, keys in (("qs", ("USUBJID", "QSSPID", "QSTESTCD")), ("suppqs", ("USUBJID", "IDVAR", "IDVARVAL", "QNAM"))):
        found = [tuple(row[key] for key in keys) for row in final.rows(name)]
        assert found == sorted(set(found))
