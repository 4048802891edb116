"""Which browser a log-in came from, as far as its owner needs it: a family and a system, never what it sent."""

from dataclasses import dataclass

OTHER = ""
#: The first that is found counts: most browsers also call themselves what they are like.
_FAMILIES = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("Chrome", "Chrome"), ("CriOS", "Chrome"), ("Chromium", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True)
class Browser:
    """`family` and `system` are of the lists above, or empty."""

    family: str = OTHER
    system: str = OTHER


def described(agent: str) -> Browser:
    """What a browser says of itself, cut down to two words of our own."""
    return Browser(_first(_FAMILIES, agent), _first(_SYSTEMS, agent))


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for mark, name in names if mark in agent), OTHER)
