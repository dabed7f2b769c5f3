"""The commands around keys: create, list and revoke those that open the administration or the search."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import change_wissen_model
from change_wissen_exit import EXIT_DONE

if TYPE_CHECKING:
    from search_service.desk.keys import Key, Keys
    from search_service.settings import Settings


def run_keys_create(options: argparse.Namespace, settings: Settings) -> int:
    """Create a key and print it; the key alone goes to the standard output, so that a script can take it."""
    from search_service.desk.keys import Scope

    key, text = _open_keys(options, settings).create(options.name, Scope(options.scope), options.expires)
    until = f", gültig bis {key.expires:%d.%m.%Y}" if key.expires else ""
    print(
        f"Schlüssel „{key.name}“ angelegt (Kennung {key.id}, Recht {key.scope}{until}). "
        "Er wird nur dieses eine Mal gezeigt; bitte sicher aufbewahren.",
        file=sys.stderr,
    )
    print(text)
    return EXIT_DONE


def run_keys_list(options: argparse.Namespace, settings: Settings) -> int:
    """Print what is known of all keys; the keys themselves are not known."""
    from change_wissen_output import print_json

    keys = _open_keys(options, settings).list()
    if options.json:
        print_json([_describe(key) for key in keys])
    elif not keys:
        print("Es gibt noch keine Schlüssel. „change-wissen keys create NAME --scope admin“ legt einen an.")
    for key in () if options.json else keys:
        used = f"zuletzt benutzt {key.last_used:%d.%m.%Y}" if key.last_used else "nie benutzt"
        created = f"angelegt {key.created_at:%d.%m.%Y}"
        print(f"{key.id}  {key.scope:<6}  {created}  {used}  {_tell_state(key)}  {key.name}")
    return EXIT_DONE


def run_keys_revoke(options: argparse.Namespace, settings: Settings) -> int:
    """Let a key hold no longer."""
    keys = _open_keys(options, settings)
    before = {key.id: key.revoked_at for key in keys.list()}
    key = keys.revoke(options.id)
    if since := before.get(key.id):
        print(f"Der Schlüssel „{key.name}“ (Kennung {key.id}) war schon gesperrt, seit dem {since:%d.%m.%Y}.")
        return EXIT_DONE
    print(f"Der Schlüssel „{key.name}“ (Kennung {key.id}) ist gesperrt und gilt ab sofort nicht mehr.")
    return EXIT_DONE


def _open_keys(options: argparse.Namespace, settings: Settings) -> Keys:
    from search_service.desk.opening import open_desk

    return open_desk(change_wissen_model.find_kb_folder(options, settings)).keys


def _tell_state(key: Key) -> str:
    if key.revoked_at is not None:
        return f"gesperrt am {key.revoked_at:%d.%m.%Y}"
    if key.expires is None:
        return "gilt"
    is_over = key.expires < datetime.now(UTC).date()
    return f"abgelaufen am {key.expires:%d.%m.%Y}" if is_over else f"gilt bis {key.expires:%d.%m.%Y}"


def _describe(key: Key) -> dict[str, str | None]:
    return {
        "id": key.id,
        "name": key.name,
        "scope": key.scope.value,
        "created_at": key.created_at.isoformat(),
        "last_used": key.last_used.isoformat() if key.last_used else None,
        "expires": key.expires.isoformat() if key.expires else None,
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }
