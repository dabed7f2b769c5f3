"""Bodies of answers: unpacked in any pieces, never beyond their bound."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.web.bodies import MEGABYTE, FetchFailed, read_body, unpack_gzip


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 50))
def test_gzip_in_any_pieces_gives_what_was_packed(members, size):
    packed = b"".join(gzip.compress(member) for member in members)
    pieces = [packed[start : start + size] for start in range(0, len(packed), size)]
    assert unpack_gzip(pieces, 2000) == b"".join(members)


@given(st.binary(max_size=200), st.integers(0, 300))
def test_damaged_gzip_is_a_failure_and_nothing_else(data, cut):
    packed = gzip.compress(data)
    for damaged in (packed[:cut] if 0 < cut < len(packed) else b"\x1f\x8b", b"x" + data):
        with pytest.raises(FetchFailed):
            unpack_gzip([damaged], MEGABYTE)


def test_a_body_is_counted_packed_and_unpacked():
    headers = {"content-encoding": "gzip"}
    packed = gzip.compress(b"a" * 1000)
    assert read_body([packed], headers, 1000) == b"a" * 1000
    for limit in (999, len(packed) - 1):
        with pytest.raises(FetchFailed):
            read_body([packed], headers, limit)
