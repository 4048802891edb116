"""Whether the files of a bundle say the same of each participant; part of `verify.py`.

What is said is summed up by participant, so that the order of rows makes no difference and memory holds no row.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator

_BITS = 128
#: So many participants are named for each file and each kind of thing; the rest are counted.
_MOST_NAMED = 5

ANSWERS = "answers"
SAVED = "moments of saving"
RECEIVED = "moments of receipt"
DAYS = "diary days of entries"
STATES = "states of days"
NOT_DONE = "days without an entry"


class Sayings:
    """Sums by kind of what is said, by file and by participant; a file without any row has said that there is none."""

    def __init__(self) -> None:
        self._sums: dict[str, dict[str, dict[str, int]]] = {}

    def begin(self, file: str, *kinds: str) -> None:
        """The file says something of these kinds. What it has said of them so far is forgotten."""
        for kind in kinds:
            self._sums.setdefault(kind, {})[file] = defaultdict(int)

    def add(self, file: str, kind: str, subject: str, *said: str) -> None:
        """One thing that the file says of a participant."""
        digest = hashlib.blake2b("\0".join(said).encode(), digest_size=_BITS // 8).digest()
        sums = self._sums[kind][file]
        sums[subject] = (sums[subject] + int.from_bytes(digest)) % (1 << _BITS)

    def differences(self) -> Iterator[str]:
        """Each file that says something else than most of its kind, or than the first of two, and of whom."""
        for kind, files in self._sums.items():
            odd = defaultdict[str, list[tuple[str, str]]](list)
            for subject in sorted({one for said in files.values() for one in said}):
                found = {file: said.get(subject) for file, said in files.items()}
                ((usual, _),) = Counter(found.values()).most_common(1)
                witness = next(file for file, said in found.items() if said == usual)
                for file in (one for one, said in found.items() if said != usual):
                    odd[file].append((subject, witness))
            for file, subjects in odd.items():
                for subject, witness in subjects[:_MOST_NAMED]:
                    yield f"{file}, {kind} of {subject}: something else than in {witness}"
                if len(subjects) > _MOST_NAMED:
                    yield f"{file}, {kind} of {len(subjects) - _MOST_NAMED} more participants: something else, too"
