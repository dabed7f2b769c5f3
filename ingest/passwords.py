"""The file of passwords that documents are tried with."""

from __future__ import annotations

from pathlib import Path

from search_service.errors import InvalidSettings, name_os_error

MOST = 1000  # each is tried on every protected file; a strong PDF takes some 10 ms for each


def read_passwords(path: Path) -> tuple[str, ...]:
    """Return the passwords in a UTF-8 file, one a line, in order; blanks belong to them, empty lines do not count.

    InvalidSettings with a German reason if the file cannot be used.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise InvalidSettings(
            f"Die Passwortdatei {path} lässt sich nicht lesen ({name_os_error(error)}). Bitte den Pfad und die Rechte prüfen."
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidSettings(f"Die Passwortdatei {path} ist nicht in UTF-8 gespeichert. Bitte neu speichern.") from error
    passwords = tuple(dict.fromkeys(line for line in text.split("\n") if line))
    if not passwords:
        raise InvalidSettings(f"Die Passwortdatei {path} enthält kein Passwort. Bitte je Zeile ein Passwort eintragen.")
    if len(passwords) > MOST:
        raise InvalidSettings(f"Die Passwortdatei {path} enthält mehr als {MOST} Passwörter. Bitte kürzen.")
    return passwords
