"""What lies beside catalogue and generations: a copy of every file, and pictures drawn of its pages, by the file's hash."""

from __future__ import annotations

import shutil
from pathlib import Path

from search_service.errors import KnowledgeBaseDamaged
from search_service.knowledge_base.generation import list_content_hashes
from search_service.knowledge_base.manifests import list_generations, sync_path

ORIGINALS = "originals"
PAGE_IMAGES = "page-images"


def keep_original(root: Path, content_hash: str, original: Path) -> None:
    """Copy a file into the knowledge base in `root`, all of it or nothing."""
    target = root / ORIGINALS / content_hash
    aside = target.with_suffix(".new")
    shutil.copyfile(original, aside)
    sync_path(aside)
    aside.replace(target)
    sync_path(target.parent)


def drop_originals(root: Path, used: set[str]) -> None:
    """Delete copies whose hash is not `used`, except those that a kept generation still serves."""
    for number in list_generations(root):
        try:
            used = used | list_content_hashes(root, number)
        except KnowledgeBaseDamaged:
            continue
    for entry in (root / ORIGINALS).iterdir():
        if entry.name not in used:
            entry.unlink()


def drop_page_images(root: Path, published: set[str]) -> None:
    """Delete the drawn pages of what is not `published`; what an older generation needs again is drawn again."""
    for folder in (root / PAGE_IMAGES).glob("*"):
        if folder.name not in published:
            shutil.rmtree(folder, ignore_errors=True)
