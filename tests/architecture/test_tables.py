"""Every table of the server is listed once, as fact, working or erasable."""

from server.db import tables


def test_every_table_is_listed_exactly_once() -> None:
    listed = [row.__tablename__ for row in (*tables.FACT_TABLES, *tables.WORKING_TABLES, *tables.ERASABLE_TABLES)]
    assert sorted(listed) == sorted(tables.METADATA.tables)


def test_contact_data_stands_apart_from_answers() -> None:
    personal = {"phone", "email", "username", "display_name"}
    holders = {name for name, table in tables.METADATA.tables.items() if personal & set(table.columns.keys())}
    assert holders <= {row.__tablename__ for row in tables.ERASABLE_TABLES}


def test_no_column_could_hold_an_arm() -> None:
    columns = {column.name for table in tables.METADATA.tables.values() for column in table.columns}
    assert not columns & {"arm", "arm_code", "treatment_arm", "allocation", "group"}
