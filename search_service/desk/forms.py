"""Reads an upload as it arrives: a form (multipart/form-data) with one file and its metadata. Home of python_multipart.

The framework's own reader writes a whole file to the system's temporary folder first, which may be small or in memory.
"""

from __future__ import annotations

from collections.abc import Callable

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from search_service.desk.inbox import Upload, check_size
from search_service.errors import InvalidQuery, UnsuitableFile

FILE, METADATA = "file", "metadata"
MAX_METADATA = 64 * 1024  # bytes; like the body of any other request
OVERHEAD = MAX_METADATA + 64 * 1024  # bytes of a form beside its file: metadata, borders and headers


class UploadForm:
    """A form while it arrives: the file goes to where `begin` says, the metadata is kept.

    Every method may raise InvalidQuery, UnsuitableFile, FileTooLarge, and what `begin` and its Upload raise.
    """

    def __init__(self, content_type: str, max_size: int, begin: Callable[[str], Upload]) -> None:
        """Take the request's content type, the largest file in bytes, and what opens a file by its sender's name."""
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise UnsuitableFile(
                "Eine Datei wird als Formular (multipart/form-data) erwartet, mit den Feldern „file“ und „metadata“. "
                "Bitte den Kopf „Content-Type“ prüfen."
            )
        self.upload: Upload | None = None
        self.metadata: bytearray | None = None
        self._begin = begin
        self._max_size = max_size
        self._received = 0
        self._complete = False
        self._header = bytearray()
        self._value = bytearray()
        self._disposition = b""
        self._take: Callable[[bytes], None] = self._take_metadata
        try:
            self._parser = MultipartParser(
                options[b"boundary"],
                {
                    "on_part_begin": self._begin_part,
                    "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._open_part,
                    "on_part_data": lambda data, start, end: self._take(data[start:end]),
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise _refuse() from error

    def feed(self, content: bytes) -> None:
        """Take the next bytes of the body."""
        self._received += len(content)
        if self._received > self._max_size + OVERHEAD:  # what stands before or behind the parts has no end of its own
            check_size(self._received, self._max_size)
        try:
            self._parser.write(content)
        except FormParserError as error:
            raise _refuse() from error

    def finish(self) -> Upload:
        """Check that the form is whole, and return its file, which has been brought to the disk."""
        if not self._complete:
            raise _refuse()
        if self.upload is None:
            raise InvalidQuery("Das Feld „file“ fehlt. Erwartet wird darin die Datei.", FILE)
        self.upload.keep()
        return self.upload

    def close(self) -> None:
        """Let go of the file. May be called again."""
        if self.upload is not None:
            self.upload.close()

    def _begin_part(self) -> None:
        self._disposition = b""

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _open_part(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if name == FILE and self.upload is None:
            if not options.get(b"filename"):
                raise InvalidQuery("Dem Feld „file“ fehlt der Name der Datei (filename). Bitte ihn mitschicken.", FILE)
            self.upload = self._begin(_decode_name(options[b"filename"]))
            self._take = self.upload.write
        elif name == METADATA and self.metadata is None:
            self.metadata = bytearray()
            self._take = self._take_metadata
        elif name in (FILE, METADATA):
            raise InvalidQuery(f"Das Feld „{name}“ steht zweimal im Formular. Bitte je Anfrage nur eine Datei hochladen.", name)
        else:
            place = name[:40].replace("~", "~0").replace("/", "~1")  # as in a JSON pointer
            raise InvalidQuery(f"Das Feld „{name[:40]}“ gibt es nicht. Erlaubt sind: {FILE}, {METADATA}.", place)

    def _take_metadata(self, content: bytes) -> None:
        if self.metadata is not None:
            self.metadata += content
            if len(self.metadata) > MAX_METADATA:
                told = f"Die Angaben im Feld „metadata“ sind länger als {MAX_METADATA // 1024} KiB. Bitte kürzen."
                raise InvalidQuery(told, METADATA)

    def _end(self) -> None:
        self._complete = True


def _decode_name(name: bytes) -> str:
    """Return the sender's name of a file: UTF-8 as RFC 7578 wants it, else what older programs send."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("cp1252", "replace")


def _refuse() -> InvalidQuery:
    return InvalidQuery(
        "Das Formular ist unvollständig oder hat nicht die Form von multipart/form-data. Bitte die Datei noch einmal hochladen."
    )
