"""The commands around the language model, and how every other command gets it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from change_wissen_exit import EXIT_DONE, EXIT_USAGE

if TYPE_CHECKING:
    from search_service.embedder import Embedder
    from search_service.settings import Settings


def run_model_prepare(options: argparse.Namespace, settings: Settings) -> int:
    """Write the embedded model's folder, unless a sound one is there."""
    from search_service.model.folder import describe_model, find_packed_weights, prepare_model

    folder = _embedded_model_folder()
    prepare_model(find_packed_weights(), folder)
    print(f"Sprachmodell bereit: {describe_model(folder).fingerprint} in {folder}")
    return EXIT_DONE


def run_model_verify(options: argparse.Namespace, settings: Settings) -> int:
    """Check every byte of the model."""
    from search_service.model.folder import verify_model

    folder = Path(settings.model) if settings.model else _embedded_model_folder()
    verify_model(folder)
    print(f"Sprachmodell unversehrt: {folder}")
    return EXIT_DONE


def run_model_show(options: argparse.Namespace, settings: Settings) -> int:
    """Print what the model's folder says of itself; exit code 2 if the model cannot be used."""
    from change_wissen_output import print_model
    from search_service.model.folder import describe_model

    description = describe_model(Path(settings.model) if settings.model else _embedded_model_folder())
    print_model(description)
    return EXIT_DONE if description.ready else EXIT_USAGE


def require_embedder(settings: Settings, threads: int | None = None) -> Embedder:
    """Return the embedder set up; raise ModelUnavailable if it cannot be loaded.

    `threads` is taken where no setting says otherwise; None is one per core.
    """
    from search_service.embedder import RememberingEmbedder
    from search_service.model.folder import verify_model

    if not settings.model:
        verify_model(_embedded_model_folder())  # says what is wrong seconds before torch is imported
    from search_service import sentence_embedder

    name = settings.model or str(_embedded_model_folder())
    return RememberingEmbedder(sentence_embedder.load_embedder(name, threads=settings.threads or threads))


def load_embedder(settings: Settings, threads: int | None = None) -> tuple[Embedder | None, str | None]:
    """Return (embedder, None), or (None, a German sentence why there is none)."""
    from search_service.errors import ModelUnavailable

    try:
        return require_embedder(settings, threads), None
    except ModelUnavailable as error:
        return None, str(error)


def _embedded_model_folder() -> Path:
    from search_service.model.folder import default_model_folder

    return default_model_folder(os.environ, Path.home())


def find_kb_folder(options: argparse.Namespace, settings: Settings) -> Path:
    """Return the folder of the knowledge base that was named; raise KnowledgeBaseMissing if none was."""
    from search_service.errors import KnowledgeBaseMissing

    if folder := options.kb or settings.kb:
        return Path(folder)
    raise KnowledgeBaseMissing("Welche Wissensbasis? Bitte --kb ORDNER angeben oder CHANGE_WISSEN_KB setzen.")
