"""What a field for a file tells of the files that are taken."""

from __future__ import annotations

from search_service.desk.file_names import EXTENSIONS
from search_service.desk.opening import Desk


def describe_file_rules(desk: Desk) -> dict[str, object]:
    """Return by name, as templates know it, how large a file may be and how its name may end."""
    return {
        "max_size": desk.inbox.max_size,
        "max_megabytes": desk.inbox.max_size // 1_000_000,
        "endings": sorted(EXTENSIONS),
    }
