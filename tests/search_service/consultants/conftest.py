"""A served library and a browser for what consultants do; every test ends without a complaint of a window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.search_service.consultants.reading_room import Room, open_room


@pytest.fixture(scope="module")  # a browser keeps a loop running that other files' tests cannot have
def whole_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with open_room(tmp_path_factory.mktemp("library")) as room:
        yield room


@pytest.fixture
def room(whole_room: Room) -> Iterator[Room]:
    """Windows of a test's own."""
    yield whole_room
    assert whole_room.leave() == []
