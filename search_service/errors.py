"""Every error the product raises on purpose: one base, few leaves.

Each message is German, says what happened and what to do now, and is fit to be shown to a user.
HTTP status codes belong to `api`, exit codes to the front door.
"""

from __future__ import annotations

import errno


class ChangeWissenError(Exception):
    """Base of all errors raised on purpose; `str(error)` is a German sentence for the user."""


class InvalidQuery(ChangeWissenError):
    """The question, a filter, a mode or a page number cannot be used as given."""

    def __init__(self, message: str, field: str | None = None) -> None:
        """Take the field at fault, named as in a JSON body ("filters/year"); "" for the body as a whole."""
        super().__init__(message)
        self.field = field


class NotFound(ChangeWissenError):
    """No document or passage (or original file) under the given id."""


class Withdrawn(NotFound):
    """What was asked for has been withdrawn by an editor."""


class KnowledgeBaseMissing(ChangeWissenError):
    """There is no knowledge base, or no published generation, in the given folder."""


class KnowledgeBaseDamaged(ChangeWissenError):
    """A file of the knowledge base fails its check, or was written in a format this version does not read."""


class KnowledgeBaseBusy(ChangeWissenError):
    """Another process is writing to the knowledge base."""


class ModelUnavailable(ChangeWissenError):
    """The embedding model is missing or damaged; search by words goes on without it."""


class ModelMismatch(ChangeWissenError):
    """The knowledge base holds vectors of another model than the one set up."""


class UnreadableDocument(ChangeWissenError):
    """A file cannot be turned into text: damaged, protected, too large, or not what its name says."""


class ProtectedDocument(UnreadableDocument):
    """A file is behind a password, and none that was given opens it."""


class NothingToIndex(ChangeWissenError):
    """A file is sound but has no text to index, such as a scan without a text layer. It is skipped, not failed."""


class SourceUnavailable(ChangeWissenError):
    """A web address cannot be fetched: not allowed, not reachable, too large, or not what was asked for."""


class InvalidMetadata(ChangeWissenError):
    """A sidecar or front matter cannot be read as metadata."""


class KeyRefused(ChangeWissenError):
    """A request shows no key, or one that does not hold (any more)."""


class KeyTooNarrow(ChangeWissenError):
    """The key holds, but not for what was asked."""


class TooManyAttempts(ChangeWissenError):
    """Too many wrong keys came from one address."""


class DeskUnavailable(ChangeWissenError):
    """The database of keys, jobs and gaps cannot be opened or written."""


class UnsuitableFile(ChangeWissenError):
    """An uploaded file is of a kind that is not read, or has a name that cannot be used."""


class FileTooLarge(ChangeWissenError):
    """An uploaded file is larger than the service accepts."""


class NoSpace(ChangeWissenError):
    """The disk has no room for an upload."""


class ServiceBusy(ChangeWissenError):
    """Too much is asked at once; the same request can succeed in a moment."""


class InvalidSettings(ChangeWissenError):
    """A setting is unknown or has a value that cannot be used."""


class InvalidJudgements(ChangeWissenError):
    """An evaluation folder lacks a file, or a line of it cannot be read."""


_SYSTEM_ERRORS = {
    errno.ENOENT: "nicht vorhanden",
    errno.EACCES: "keine Berechtigung",
    errno.EPERM: "keine Berechtigung",
    errno.ENOSPC: "kein Speicherplatz mehr",
    errno.EDQUOT: "Speicherkontingent erschöpft",
    errno.EROFS: "nur lesbar eingebunden",
    errno.EISDIR: "ein Ordner und keine Datei",
    errno.ENOTDIR: "kein Ordner",
    errno.EEXIST: "schon vorhanden",
    errno.ENAMETOOLONG: "Name zu lang",
    errno.ELOOP: "Verknüpfungen im Kreis",
    errno.EIO: "Fehler des Datenträgers",
    errno.ESTALE: "Netzlaufwerk nicht mehr verbunden",
    errno.ENOTCONN: "Netzlaufwerk nicht mehr verbunden",
    errno.EADDRINUSE: "schon belegt",
    errno.EADDRNOTAVAIL: "keine Adresse dieses Rechners",
    errno.EMFILE: "zu viele offene Dateien",
    errno.ENFILE: "zu viele offene Dateien",
}


def name_os_error(error: OSError) -> str:
    """Return in German what the system refused; its number where there is no name, never its English words."""
    return _SYSTEM_ERRORS.get(error.errno or 0, f"Systemfehler {error.errno}")
