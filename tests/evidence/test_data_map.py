"""No column holds data that nobody has classified."""

import copy

from scripts import validation
from scripts.evidence import data_map
from server.settings import Settings


def test_every_column_is_classified() -> None:
    assert data_map.faults(data_map.classified()) == []


def test_a_new_column_an_old_name_and_a_doubt_are_found() -> None:
    read = copy.deepcopy(data_map.classified())
    read["server"]["account"]["staff"].remove("email")
    read["phone"]["draft"]["health"].append("mood")
    read["server"]["contact_detail"]["technical"] = ["phone"]
    assert sorted(data_map.faults(read)) == [
        "phone.draft.mood: no such column",
        "server.account.email: not classified",
        "server.contact_detail.phone: twice",
    ]


def test_contact_data_is_never_exported_and_lies_where_it_can_be_erased() -> None:
    contact = [one for one in data_map.data() if one.category == "contact"]
    assert {one.table for one in contact} == {"contact_detail", "push_address"}
    assert {(one.kind, one.exported) for one in contact} == {(data_map.ERASABLE, "never")}


def test_who_sees_answers_is_read_from_the_rights() -> None:
    answers = [one for one in data_map.data() if (one.where, one.category, one.table) == ("server", "health", "record")]
    assert {one.seen_by for one in answers} == {"investigator"}
    assert {one.seen_by for one in data_map.data() if one.table == "contact_detail" and one.category == "contact"} == {
        "coordinator, investigator"
    }


def test_every_channel_names_who_processes_what() -> None:
    channels = data_map.classified()["channel"]
    assert {"email", "sms", "push"} <= set(channels)
    for name, about in channels.items():
        assert about["setting"] in Settings.model_fields, name
        assert min(len(about[part]) for part in ("says", "gets", "processor")) > 10, name


def test_the_pages_are_those_of_the_tables() -> None:
    assert (validation.FOLDER / "data-map.md").read_text(encoding="utf-8") == data_map.page(), "scripts/validation.py"
    assert (validation.FOLDER / "data-map.csv").read_text(encoding="utf-8") == data_map.table()
