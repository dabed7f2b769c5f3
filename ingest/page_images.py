"""Pages as pictures, drawn in confined processes: what the front door hands to the service as its `PageRenderer`."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from ingest.confined import ConfinedProcess
from ingest.limits import MEGABYTE, Limits
from ingest.pool import ConfinedPool
from search_service.errors import ServiceBusy

# 108 pages of hostile and real files at 1440 pixels, by two processes on two busy cores: 163 ms in the middle, 295 ms at the
# 95th percentile, 0.8 s for the slowest; the first page of a process comes 0.25 s later. After 315 pages of the corpus a
# process holds 68 MB, 120 MB at its peak and 162 MB for the largest picture of a page; its address space is bounded so that
# a picture of `image_pixels` fits.
DRAWING_LIMITS = Limits(seconds=10.0, cpu_seconds=8, memory_bytes=640 * MEGABYTE, files_per_process=500)
WAIT_SECONDS = 20.0  # longer than a page may take; after that others, which take as long, stand before it
PROCESSES = 2  # so many pages are drawn at a time at most

TOO_MANY = "Gerade werden viele Seiten auf einmal gezeichnet. Bitte gleich noch einmal versuchen."


class ConfinedDrawer(ConfinedProcess):
    """Draws one page after the other in a confined process."""

    def __init__(self, limits: Limits, passwords: Sequence[str]) -> None:
        """Take the passwords to try, in this order, on PDFs that do not open without one."""
        super().__init__("ingest.drawing_child", limits)
        self._passwords = tuple(passwords)

    def draw(self, file: Path, page: int, width: int) -> bytes:
        """Return the page as `ConfinedPages.render` does."""
        request = {"path": str(file.absolute()), "page": page, "width": width, "passwords": self._passwords}
        return self.ask(request, "image", _decode)


def _decode(body: str) -> bytes:
    return base64.b64decode(body.rstrip("\n"), validate=True)


class ConfinedPages:
    """Draws pages in a few confined processes. Use as a context manager, from as many threads as you like."""

    def __init__(self, limits: Limits = DRAWING_LIMITS, processes: int = PROCESSES, passwords: Sequence[str] = ()) -> None:
        """Start nothing yet. `passwords` are tried in this order on PDFs that do not open without one."""
        self._pool = ConfinedPool([ConfinedDrawer(limits, passwords) for _ in range(processes)])

    def __enter__(self) -> ConfinedPages:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def render(self, file: Path, page: int, width: int) -> bytes:
        """Return a physical page (1-based) as WebP, at most `width` pixels wide; wait for it.

        NotFound if the file has no such page, ProtectedDocument, UnreadableDocument if the page cannot be drawn: it is
        damaged, or costs too much time or memory. ServiceBusy if its turn did not come.
        """
        drawing = self._pool.run(lambda drawer: drawer.draw(file, page, width))
        try:
            return drawing.result(WAIT_SECONDS)
        except TimeoutError as error:
            drawing.cancel()
            raise ServiceBusy(TOO_MANY) from error

    def close(self) -> None:
        """End all processes; what was still to be drawn is dropped."""
        self._pool.close()
