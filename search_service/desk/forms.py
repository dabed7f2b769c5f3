"""Reads an upload as it arrives: a form (multipart/form-data) with one file and texts about it. Home of python_multipart.

The framework's own reader writes a whole file to the system's temporary folder first, which may be small or in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from search_service.desk.inbox import Upload, check_size
from search_service.errors import InvalidQuery, UnsuitableFile

FILE, METADATA = "file", "metadata"
MAX_METADATA = 64 * 1024  # bytes of all texts together; like the body of any other request
MAX_TEXTS = 500  # of one form: the metadata have 19 fields, some of which come once for each value chosen
OVERHEAD = MAX_METADATA + 64 * 1024  # bytes of a form beside its file: metadata, borders and headers


class UploadForm:
    """A form while it arrives: the file goes to where `begin` says, the texts beside it are kept.

    Every method may raise InvalidQuery, UnsuitableFile, FileTooLarge, and what `begin` and its Upload raise.
    """

    def __init__(
        self,
        content_type: str,
        max_size: int,
        begin: Callable[[str], Upload],
        names: Collection[str] = (METADATA,),
        *,
        repeated: bool = False,
    ) -> None:
        """Take the request's content type, the largest file in bytes, what opens a file by its sender's name, and the texts.

        `repeated`: a name may come several times.
        """
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise UnsuitableFile(
                "Eine Datei wird als Formular (multipart/form-data) erwartet, mit den Feldern „file“ und „metadata“. "
                "Bitte den Kopf „Content-Type“ prüfen."
            )
        self.upload: Upload | None = None
        self.texts: list[tuple[str, bytearray]] = []  # in the order of the form
        self._begin = begin
        self._names = names
        self._repeated = repeated
        self._max_size = max_size
        self._received = 0
        self._length = 0  # of the texts together
        self._complete = False
        self._header = bytearray()
        self._value = bytearray()
        self._disposition = b""
        self._take: Callable[[bytes], None] = self._take_text
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
        try:
            self._parser.write(content)
        except FormParserError as error:
            raise _refuse() from error
        if self._received > self._max_size + OVERHEAD:  # what stands before or behind the parts has no end of its own
            check_size(self._received, self._max_size)

    def finish(self) -> Upload:
        """Check that the form is whole, and return its file, which has been brought to the disk."""
        if not self._complete:
            raise _refuse()
        if self.upload is None:
            raise InvalidQuery("Das Feld „file“ fehlt. Erwartet wird darin die Datei.", FILE)
        self.upload.keep()
        return self.upload

    def find_text(self, name: str) -> bytes | None:
        """Return the first text of this name that has arrived, or None."""
        return next((bytes(text) for each, text in self.texts if each == name), None)

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
        elif len(self.texts) == MAX_TEXTS:
            raise InvalidQuery(
                f"Das Formular hat mehr als {MAX_TEXTS} Felder. Bitte die Seite neu laden und neu ausfüllen.", name[:40]
            )
        elif name in self._names and (self._repeated or self.find_text(name) is None):
            self.texts.append((name, bytearray()))
            self._take = self._take_text
        elif name == FILE or name in self._names:
            raise InvalidQuery(f"Das Feld „{name}“ steht zweimal im Formular. Bitte je Anfrage nur eine Datei hochladen.", name)
        else:
            place = name[:40].replace("~", "~0").replace("/", "~1")  # as in a JSON pointer
            raise InvalidQuery(f"Das Feld „{name[:40]}“ gibt es nicht. Erlaubt sind: {', '.join((FILE, *self._names))}.", place)

    def _take_text(self, content: bytes) -> None:
        if self.texts:
            name, text = self.texts[-1]
            self._length += len(content)
            if self._length > MAX_METADATA:
                told = f"Die Angaben im Feld „{name}“ sind länger als {MAX_METADATA // 1024} KiB. Bitte kürzen."
                raise InvalidQuery(told, name)
            text += content

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
