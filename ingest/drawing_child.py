"""The confined process that draws pages, one after the other, under limits it cannot lift (`ingest.serving`).

A request is {"path": …, "page": …, "width": …, "passwords": […]}; the reply is `image` with WebP in Base64, or `error`.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from ingest.limits import Limits
from ingest.page_drawing import draw_page
from ingest.serving import Answer, Request, answer_or_explain, serve, try_passwords


def main(arguments: Sequence[str]) -> None:
    """Serve requests until standard input ends. `arguments`: the limits as JSON, and the id of the parent."""
    serve(arguments, _prepare)


def _prepare(limits: Limits, _replies: BinaryIO) -> Answer:
    def answer(request: Request) -> str:
        return answer_or_explain(lambda: _draw(request, limits))

    return answer


def _draw(request: Request, limits: Limits) -> str:
    path, page, width = Path(request["path"]), request["page"], request["width"]
    drawn = try_passwords(lambda password: draw_page(path, page, width, limits, password), request["passwords"])
    return f"image {base64.b64encode(drawn).decode('ascii')}"


if __name__ == "__main__":
    main(sys.argv[1:])
