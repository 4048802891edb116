"""Ways in which a file comes back other than it was written: bits, pieces and whole lines, by chance or on purpose."""

from dataclasses import dataclass

from hypothesis import strategies as st

WHAT_IS_WRITTEN = (
    b"", b"\0", b"0", b"-1", b"9" * 30, b"9" * 5000, b"NaN", b"null", b"[]", b"{}", b'"', b"\\ud800", b"\xff", b"\n",
    b"1e999", b"true", b"../../etc/passwd", b"[" * 2000, b'{"a":' * 2000,
)  # fmt: skip


@dataclass(frozen=True)
class Damage:
    """Takes `gone` bytes out at a place, given as a share of the length, and puts others there."""

    place: float
    gone: int
    put: bytes

    def on(self, content: bytes) -> bytes:
        at = int(self.place * len(content))
        return content[:at] + self.put + content[at + self.gone :]


#: One bit, a few bytes, something else in their place, or the end cut off.
damages = st.builds(
    Damage,
    st.floats(0, 1),
    st.sampled_from([0, 1, 2, 7, 40, 1 << 30]),
    st.sampled_from(WHAT_IS_WRITTEN) | st.binary(min_size=1, max_size=4),
)
