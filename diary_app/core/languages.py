"""Each language the program speaks, and how it writes days, times and numbers; the sentences lie in catalogues.

Written out here because neither phone nor browser carries a locale library. docs/changing.md: how another one is added.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Language:
    """`date` takes `{day}` and `{month}`, `night` takes `{weekday}`: the night that ended on that morning.

    `name` is what the language calls itself, `locale` what the console's calendar (CLDR) calls it. `colon` stands
    between hours and minutes, `comma` before tenths, `next_column` between the columns of its spreadsheets.
    """

    code: str
    name: str
    weekdays: tuple[str, str, str, str, str, str, str]
    months: tuple[str, ...]
    date: str
    night: str
    colon: str
    comma: str
    next_column: str
    locale: str


DANISH = Language(
    code="da",
    name="Dansk",
    weekdays=("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
    months=(
        "januar", "februar", "marts", "april", "maj", "juni",
        "juli", "august", "september", "oktober", "november", "december",
    ),
    date="{day}. {month}",
    night="natten til {weekday}",
    colon=".",
    comma=",",
    next_column=";",
    locale="da",
)  # fmt: skip
ENGLISH = Language(
    code="en",
    name="English",
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    date="{day} {month}",
    night="the night into {weekday}",
    colon=":",
    comma=".",
    next_column=",",
    locale="en_GB",
)  # fmt: skip
#: By code; the first is that of whoever asked for none that is here.
LANGUAGES: Mapping[str, Language] = MappingProxyType({one.code: one for one in (DANISH, ENGLISH)})
