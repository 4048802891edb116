"""ADQS as a SAS transport file, from the rows that the other forms were written from.

Numbers are eight bytes, so that a mean comes back as the nearest float; dates are those of SAS.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from server.export.adam.columns import LABEL, NAME, Kind, Variable
from server.export.adam.parameters import Catalogue
from server.export.content import About
from server.export.dataset_json import label_of
from server.export.fitness import LONGEST_LABEL, LONGEST_NAME, refuse_unfit, refuse_unfit_names
from server.export.transport import Field, TransportFile, Value, sas_date

XPT = f"{NAME.lower()}.xpt"
_DATE = ("E8601DA", 10)


def require_fit(about: About, columns: Sequence[Variable], found: Catalogue) -> None:
    """Raises `CommandRefused` (not_exportable) for names and labels that would be cut or garbled."""
    refuse_unfit_names(NAME, label_of(about, LABEL), ((one.name, one.label) for one in columns))
    for one in found.parameters.values():
        refuse_unfit(one.code, "A code of ADQS.PARAMCD", LONGEST_NAME)
        refuse_unfit(one.label, f"The label of {one.code} (ADQS.PARAM)", LONGEST_LABEL)
        refuse_unfit(one.category, f"The category of {one.code} (ADQS.PARCAT1)", LONGEST_LABEL)


def write_xpt(
    folder: Path, about: About, columns: Sequence[Variable], longest: Mapping[str, int], rows: TextIO
) -> None:
    """Write `adqs.xpt`. `rows`: one array a line, in the order of the columns; `longest`: of text, by name."""
    fields = [_field(one, longest) for one in columns]
    dates = [place for place, one in enumerate(columns) if one.kind is Kind.DATE]
    texts = [place for place, one in enumerate(columns) if one.kind is Kind.TEXT]
    rows.seek(0)
    with (
        (folder / XPT).open("wb") as file,
        TransportFile(file, NAME, label_of(about, LABEL), fields, about.cut.at) as transport,
    ):
        for line in rows:
            values: list[Value] = json.loads(line)
            for place in texts:
                values[place] = values[place] or ""
            for place in dates:
                if isinstance(day := values[place], str):
                    values[place] = sas_date(day)
            transport.write(values)


def _field(one: Variable, longest: Mapping[str, int]) -> Field:
    return Field(
        one.name, one.label, longest[one.name] if one.kind is Kind.TEXT else None,
        _DATE if one.kind is Kind.DATE else ("", 0),
    )  # fmt: skip
