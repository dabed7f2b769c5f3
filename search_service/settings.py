"""Settings: what an operator can choose, read from a mapping such as the environment. An unknown setting is an error."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from search_service.errors import InvalidSettings

PREFIX = "CHANGE_WISSEN_"


@dataclass(frozen=True, slots=True)
class Settings:
    """One field per setting; the variable is PREFIX and the field's name in capitals."""

    model: str = ""  # name or folder of a sentence-transformers model; empty: the folder `model prepare` writes
    kb: str = ""  # folder of the knowledge base, if --kb is not given
    host: str = "127.0.0.1"  # `serve` listens here; other machines get in only if the operator says so
    port: int = 8000
    threads: int = 0  # threads the model computes with; 0: one per core
    rescoring: int = 1  # whether the best hits are sorted again word by word: 1 yes, 0 no, which saves a few milliseconds
    synonyms: str = ""  # file of synonyms that takes the place of the one that comes with the product
    public_url: str = ""  # address under which the portal's users see the service, for links in answers
    contact: str = ""  # address or mail that `ingest` names to the sites it fetches documents from
    origins: str = ""  # whose pages may call the API from a browser, parted by commas; empty: none but the service's own
    rate: int = 0  # requests a minute that one client may make; 0: unlimited, for behind a proxy all seem to be one
    burst: int = 0  # requests of these that it may make at once; 0: those of ten seconds
    proxies: int = 0  # trusted proxies in front, which name the client in X-Forwarded-For; 0: the header is not believed
    workers: int = 0  # answers worked out at once; 0: one per core, at most four: more only make each other slower
    waiting: int = 8  # requests that wait while all are at work; the rest is refused at once
    timeout: int = 30  # seconds until a request without an answer is given up
    grace: int = 20  # seconds that requests under way are given when the service is told to end
    log: str = "json"  # "json", "text", or "off" for nothing but warnings and errors
    metrics: str = "local"  # who may read /metrics: "local", programs on this machine; "open", everybody
    search_access: str = "public"  # who may search: "public", everybody; "key", who has one
    upload: int = 200  # megabytes that an uploaded file may have
    operator: str = ""  # file that says who runs the service, for its imprint, privacy page and accessibility statement


def read_settings(variables: Mapping[str, str]) -> Settings:
    """Return the settings among `variables`; raise InvalidSettings on an unknown name or a value of the wrong kind."""
    known = {PREFIX + field.name.upper(): field for field in fields(Settings)}
    chosen: dict[str, Any] = {}
    for name, value in variables.items():
        if not name.startswith(PREFIX) or not value:  # an empty variable is one that is not set
            continue
        field = known.get(name)
        if field is None:
            near = difflib.get_close_matches(name.removeprefix(PREFIX), [each.removeprefix(PREFIX) for each in known], 1)
            hint = f" Gemeint ist vielleicht {PREFIX}{near[0]}." if near else f" Bekannt sind: {', '.join(known)}."
            raise InvalidSettings(f"Die Einstellung {name} gibt es nicht.{hint}")
        chosen[field.name] = _read_number(name, value) if isinstance(field.default, int) else value
    return Settings(**chosen)


def _read_number(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 5) or int(value) > 65_535:
        raise InvalidSettings(f"Die Einstellung {name} muss eine ganze Zahl zwischen 0 und 65535 sein, nicht „{value}“.")
    return int(value)
