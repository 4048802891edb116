"""What every screen's frame depends on, whatever is in it."""

from dataclasses import dataclass

from diary_app.texts import Texts

#: From this scale on, buttons at the foot would leave too little room for what is above them.
LARGE_FROM = 1.5


@dataclass(frozen=True)
class Look:
    """`large_text`: letters are so large that the actions scroll with the content."""

    say: Texts
    demonstration: bool
    large_text: bool
