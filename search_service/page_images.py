"""Pages of documents as pictures: drawn elsewhere, each once, and kept. The service itself opens no document."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Lock
from typing import Protocol

from search_service.documents import Document
from search_service.errors import ChangeWissenError, NotFound, ProtectedDocument, ServiceBusy
from search_service.page_image_cache import PageImage, PageImageCache

LOGGER = logging.getLogger(__name__)

MEDIA_TYPE = "image/webp"
WIDTHS = (480, 960, 1440)  # a thumbnail, a column of text, a column on a screen of double density
DRAWABLE = ("application/pdf", "image/jpeg", "image/png", "image/tiff")
# A page with 16 pictures is drawn in 16 / 2 * 0.1 to 0.3 s. Each waits in a thread of the server, which has 40.
MOST_WAITING = 16
VERSION_CHARACTERS = 16  # of the content hash: 64 bits, as in the ids of documents
REFUSAL_SECONDS = 600.0  # for so long a page that failed is not tried again
MOST_REFUSALS = 1000  # remembered


class PageRenderer(Protocol):
    """Who draws pages, apart from this process."""

    def render(self, file: Path, page: int, width: int) -> bytes:
        """Return the physical page (1-based) as WebP, at most `width` pixels wide; wait for it. Called from many threads.

        NotFound if there is no such page, ProtectedDocument behind a password, UnreadableDocument if the page is damaged or
        costs too much, ServiceBusy if others must be drawn first.
        """


class PageImages:
    """Hands out pictures of pages. Safe to use from several threads: who asks for the same page waits for the same drawing."""

    def __init__(self, renderer: PageRenderer, cache: PageImageCache, clock: Callable[[], float] = time.monotonic) -> None:
        self._renderer = renderer
        self._cache = cache
        self._clock = clock
        self._lock = Lock()
        self._waiting = 0
        self._under_way: dict[PageImage, Future[bytes]] = {}
        self._refusals: OrderedDict[PageImage, tuple[float, str]] = OrderedDict()  # until when, and why

    def draw(self, image: PageImage, file: Path) -> bytes:
        """Return a page of `file` as WebP; NotFound with the reason if it cannot be shown, ServiceBusy if too many wait."""
        return self._cache.read(image) or self._draw_once(image, file)

    def _draw_once(self, image: PageImage, file: Path) -> bytes:
        with self._lock:
            self._refuse_again(image)
            if self._waiting >= MOST_WAITING:
                raise ServiceBusy("Gerade werden viele Seiten auf einmal gezeichnet. Bitte gleich noch einmal versuchen.")
            self._waiting += 1
            under_way = self._under_way.get(image)
            drawing = self._under_way[image] = under_way or Future[bytes]()
        try:
            if under_way is None:
                self._fulfil(drawing, image, file)
            return drawing.result()
        finally:
            with self._lock:
                self._waiting -= 1

    def _refuse_again(self, image: PageImage) -> None:
        until, reason = self._refusals.get(image, (0.0, ""))
        if reason and self._clock() < until:
            raise NotFound(reason)

    def _fulfil(self, drawing: Future[bytes], image: PageImage, file: Path) -> None:
        try:
            drawing.set_result(self._cache.read(image) or self._render(image, file))  # it may have come in this moment
        except BaseException as error:
            drawing.set_exception(error)
        finally:
            with self._lock:
                del self._under_way[image]

    def _render(self, image: PageImage, file: Path) -> bytes:
        try:
            data = self._renderer.render(file, image.page, image.width)
        except ServiceBusy:
            raise
        except OSError as error:  # no further process, no memory for one
            LOGGER.exception("pages cannot be drawn")
            raise ServiceBusy("Seiten lassen sich gerade nicht zeichnen. Bitte später noch einmal versuchen.") from error
        except ChangeWissenError as error:
            reason = _explain(error, image.page)
            LOGGER.warning("page %d of %s cannot be drawn: %s", image.page, image.content_hash[:16], error)
            with self._lock:
                self._refusals[image] = (self._clock() + REFUSAL_SECONDS, reason)
                if len(self._refusals) > MOST_REFUSALS:
                    self._refusals.popitem(last=False)
            raise NotFound(reason) from error
        self._cache.store(image, data)
        return data


def find_image(document: Document, page: int, width: int) -> PageImage:
    """Return the name of the picture; raise NotFound if the document has no such page or none that can be shown."""
    if document.media_type not in DRAWABLE:
        raise NotFound(
            "Dieses Dokument hat keine Seiten, die sich als Bild zeigen lassen; das geht bei PDF, JPEG, PNG und TIFF. "
            "Bitte die Originaldatei öffnen."
        )
    if page < 1 or (document.page_count is not None and page > document.page_count):
        raise NotFound(_explain_end(page, document.page_count))
    return PageImage(document.content_hash, page, width)


def version_of(document: Document) -> str:
    """Return what an address of a picture must name for the browser to keep it without asking again."""
    return document.content_hash[:VERSION_CHARACTERS]


def _explain_end(page: int, count: int | None) -> str:
    if count is None:
        return f"Eine Seite {page} hat dieses Dokument nicht. Bitte eine andere Seitenzahl angeben."
    known = "hat nur eine Seite" if count == 1 else f"hat die Seiten 1 bis {count}"
    return f"Eine Seite {page} gibt es nicht; das Dokument {known}. Gezählt wird ab dem ersten Blatt der Datei."


def _explain(error: ChangeWissenError, page: int) -> str:
    if isinstance(error, NotFound):
        return _explain_end(page, None)
    if isinstance(error, ProtectedDocument):
        return (
            "Die Datei ist mit einem Passwort geschützt, deshalb lassen sich ihre Seiten nicht zeigen. "
            "Bitte die Originaldatei herunterladen und mit dem Passwort öffnen."
        )
    return (
        f"Die Seite {page} lässt sich nicht als Bild zeigen, sie ist beschädigt oder zu aufwendig. "
        "Bitte die Originaldatei öffnen."
    )
