"""Ids are written from random bytes as the standard has them."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.environment import uuid_from


@given(st.binary(min_size=16, max_size=16))
def test_an_id_is_a_uuid_of_version_4(randomness: bytes) -> None:
    assert uuid_from(randomness) == str(UUID(bytes=randomness, version=4))
