"""What tests of several packages share: the real model."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from search_service.model.folder import default_model_folder, find_packed_weights, prepare_model
from search_service.sentence_embedder import SentenceTransformerEmbedder, load_embedder
from tests.remembering import RememberingPassages

# How long an example takes says something of the machine, nothing of the code.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """The embedded model in its usual place, prepared there if it is not yet."""
    folder = default_model_folder(os.environ, Path.home())
    prepare_model(find_packed_weights(), folder)
    return folder


@pytest.fixture(scope="session")
def embedder(model_folder: Path) -> SentenceTransformerEmbedder:
    """The real embedder, loaded once; one thread, because more wait for each other as soon as the machine is busy."""
    return load_embedder(str(model_folder), threads=1)


@pytest.fixture(scope="session")
def remembering(embedder: SentenceTransformerEmbedder) -> RememberingPassages:
    """The real embedder with a memory, for tests that take in documents of the corpus."""
    return RememberingPassages(embedder)
