"""When to try again: exponential back-off with full jitter, so that many phones do not return at once."""

FIRST_SECONDS = 5.0
LONGEST_SECONDS = 15 * 60.0
RANDOM_BYTES = 4


def ceiling(failures: int) -> float:
    """The longest wait after that many failures in a row (1 or more): 5 s, 10 s, 20 s ... 15 minutes."""
    return min(LONGEST_SECONDS, FIRST_SECONDS * float(2 ** min(failures - 1, 30)))


def wait_seconds(failures: int, randomness: bytes) -> float:
    """Anywhere between nothing and the ceiling, evenly."""
    share = int.from_bytes(randomness) / float(256 ** len(randomness))
    return ceiling(failures) * share
