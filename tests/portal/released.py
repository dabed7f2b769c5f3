"""The OpenAPI document of the last release, and how it is renewed at the next: `python -m tests.portal.released --renew`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluation.contract.compatibility import find_breaks
from tests.portal.conftest import build_service

RELEASED = Path(__file__).with_name("openapi-v1.json")


def read_released(stored: Path = RELEASED) -> dict[str, Any]:
    return json.loads(stored.read_text("utf-8"))


def main(arguments: Sequence[str] | None = None, stored: Path = RELEASED) -> int:
    """Say what breaks with the stored schema, or with `--renew` put the present one in its place; return 1 where it breaks."""
    parser = argparse.ArgumentParser(prog="python -m tests.portal.released", description="Vergleicht mit dem letzten Release.")
    parser.add_argument("--renew", action="store_true", help="das heutige Schema an die Stelle des gespeicherten setzen")
    renew = parser.parse_args(arguments).renew
    with tempfile.TemporaryDirectory() as folder:
        present = build_service(Path(folder)).app.openapi()
    breaks = find_breaks(read_released(stored), present)
    print("\n".join(breaks) if breaks else "Das Versprechen von v1 ist gehalten.")
    if renew:
        stored.write_text(json.dumps(present, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
        print(f"Erneuert: {stored.name}")
    return 1 if breaks and not renew else 0


if __name__ == "__main__":
    sys.exit(main())
