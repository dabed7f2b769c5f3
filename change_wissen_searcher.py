"""The searcher as the settings want it, for every command that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from search_service.embedder import Embedder
    from search_service.hits import Result
    from search_service.knowledge_base.store import Reader
    from search_service.queries import Query
    from search_service.ranking import Ranking
    from search_service.searcher import Searcher
    from search_service.settings import Settings


def make_searcher(
    settings: Settings,
    reader: Reader,
    embedder: Embedder | None = None,
    without_embedder: str | None = None,
    *,
    ranking: Ranking | None = None,
    watch: Callable[[Query, Result], None] | None = None,
) -> Searcher:
    """Return a searcher with the operator's synonyms and switches; `ranking` goes before these where a measurement hands it in.

    `watch` is told of every search.

    Raises InvalidSettings if the file of synonyms cannot be read.
    """
    from dataclasses import replace
    from pathlib import Path

    from search_service.ranking import SHIPPED
    from search_service.searcher import Searcher
    from search_service.synonyms import load_synonyms, read_synonyms

    thesaurus = read_synonyms(Path(settings.synonyms)) if settings.synonyms else load_synonyms()
    chosen = ranking or replace(SHIPPED, rescoring=bool(settings.rescoring))
    return Searcher(reader, embedder, without_embedder, thesaurus=thesaurus, ranking=chosen, watch=watch)
