"""The ways to rank that are held against each other: the channels alone, and the shipped ranking with one part switched off."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from search_service.queries import Mode

RESCORING = "rescoring"
# What a switch of the ranking is called in German; one that is not listed is shown by its name.
PART_LABELS = {
    RESCORING: "Nachsortieren",
    "feedback": "Rückkopplung",
    "documents": "Wörter des ganzen Dokuments",
    "corrections": "Rechtschreibkorrektur",
    "compounds": "Wortteile",
    "synonyms": "Synonyme",
    "exact_words": "Vorrang der genauen Wortform",
}
_WITHOUT = "hybrid_without_"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to rank."""

    name: str  # in JSON, run files and floors
    label: str  # German
    mode: Mode
    off: str | None = None  # the switch of the ranking that is off; None: all as shipped


def without(part: str) -> Variant:
    """Return the shipped ranking with one part switched off."""
    return Variant(f"{_WITHOUT}{part}", f"beides, ohne {PART_LABELS.get(part, part)}", Mode.HYBRID, part)


SHIPPED = Variant("hybrid", "beides", Mode.HYBRID)
LEXICAL = Variant("lexical", "Wörter", Mode.LEXICAL)
SEMANTIC = Variant("semantic", "Bedeutung", Mode.SEMANTIC)
PLAIN = without(RESCORING)
CHANNELS = (LEXICAL, SEMANTIC, PLAIN, SHIPPED)  # the order of every table; the shipped ranking last


def choose_variants(modes: Collection[Mode], switches: Collection[str], *, ablation: bool) -> tuple[Variant, ...]:
    """Return what to measure: the channels of `modes`, with `ablation` each of `switches` off alone, the shipped last."""
    parts = [part for part in switches if ablation or part == RESCORING]
    chosen = [variant for variant in (LEXICAL, SEMANTIC) if variant.mode in modes]
    if Mode.HYBRID in modes:
        chosen += [*map(without, parts), SHIPPED]
    return tuple(chosen)


def find_variant(name: str) -> Variant:
    """Return the variant of this name; raise ValueError if no variant is called so."""
    known = {variant.name: variant for variant in CHANNELS}
    if name in known:
        return known[name]
    if name.startswith(_WITHOUT) and (part := name.removeprefix(_WITHOUT)):
        return without(part)
    raise ValueError(f"no variant is named {name!r}")
