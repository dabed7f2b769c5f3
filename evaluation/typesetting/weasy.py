"""Sets a sample with WeasyPrint (CSS paged media, hyphenation by Pyphen). The home of weasyprint."""

from __future__ import annotations

from pathlib import Path

from weasyprint import HTML

from evaluation.typesetting.layouts import Layout, Typeset
from evaluation.typesetting.paged_html import read_anchors, write_source
from evaluation.typesetting.samples import Sample


def typeset(sample: Sample, layout: Layout, pdf: Path) -> Typeset:
    """Write the PDF and return the truth."""
    document = HTML(string=write_source(sample, layout)).render()
    document.write_pdf(pdf)
    return read_anchors([set(page.anchors) for page in document.pages], sample, layout, pdf)
