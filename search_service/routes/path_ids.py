"""The ids that stand in the paths of the interface."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

DocumentId = Annotated[str, Path(description="Kennung des Dokuments, wie ein Treffer sie nennt.")]
PassageId = Annotated[str, Path(description="Kennung der Textstelle, wie ein Treffer sie nennt.")]
