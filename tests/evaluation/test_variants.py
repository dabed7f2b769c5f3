"""What is measured: channels, and the shipped ranking with one part off."""

from __future__ import annotations

import pytest

from evaluation.variants import CHANNELS, SHIPPED, choose_variants, find_variant, without
from search_service.queries import Mode

PARTS = ("rescoring", "compounds", "synonyms")


def test_the_channels_are_measured_with_the_shipped_ranking_last():
    chosen = choose_variants(list(Mode), PARTS, ablation=False)
    assert [variant.name for variant in chosen] == ["lexical", "semantic", "hybrid_without_rescoring", "hybrid"]
    assert chosen == CHANNELS


def test_the_ablation_switches_every_part_off_alone():
    chosen = choose_variants(list(Mode), PARTS, ablation=True)
    assert [variant.off for variant in chosen] == [None, None, "rescoring", "compounds", "synonyms", None]
    assert chosen[-1] is SHIPPED


def test_only_what_was_asked_for_is_measured():
    assert [variant.name for variant in choose_variants([Mode.LEXICAL], PARTS, ablation=True)] == ["lexical"]
    assert [variant.name for variant in choose_variants([Mode.HYBRID], (), ablation=True)] == ["hybrid"]


@pytest.mark.parametrize("variant", [*CHANNELS, without("synonyms"), without("neues")])
def test_a_variant_is_found_by_its_name(variant):
    assert find_variant(variant.name) == variant


@pytest.mark.parametrize("name", ["", "hybrid_without_", "fuzzy"])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(ValueError, match="no variant"):
        find_variant(name)


def test_parts_have_german_names_and_unknown_ones_their_own():
    assert without("rescoring").label == "beides, ohne Nachsortieren"
    assert without("neues").label == "beides, ohne neues"
