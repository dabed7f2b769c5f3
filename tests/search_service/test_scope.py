"""Where a query searches."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search_service.documents import Document, Metadata
from search_service.fusion import Rows
from search_service.queries import Filters
from search_service.scope import Scope, name_unknown_values, narrow

ROWS = st.none() | st.sets(st.integers(0, 30)).map(lambda rows: np.array(sorted(rows), dtype=np.int64))


def test_narrowing_leaves_the_rows_both_allow() -> None:
    scope = Scope(np.array([1, 3, 5]), np.zeros(6, dtype=bool), with_replaced=True)
    narrowed = narrow(scope, np.array([0, 3, 5]))
    assert narrowed.rows is not None
    assert narrowed.rows.tolist() == [3, 5]
    assert (narrowed.replaced is scope.replaced, narrowed.with_replaced) == (True, True)


@given(ROWS, ROWS)
def test_none_allows_everything_and_rows_stay_ascending(rows: Rows | None, others: Rows | None) -> None:
    narrowed = narrow(Scope(rows, None, with_replaced=False), others).rows
    every = set(range(31))
    expected = (every if rows is None else set(rows.tolist())) & (every if others is None else set(others.tolist()))
    assert (narrowed is None) is (rows is None and others is None)
    assert narrowed is None or narrowed.tolist() == sorted(expected)


def test_a_value_that_a_document_carries_is_known_whether_or_not_the_taxonomy_knows_it() -> None:
    carried = Document("d", "d.md", "0", "text/markdown", 1, None, datetime(2026, 1, 1, tzinfo=UTC), Metadata("D", type="alt"))
    asked = Filters({"type": ("alt", "neu", "neu"), "publisher": ("wer",), "audience": ("personal",)})
    assert name_unknown_values([carried], asked) == [
        "„neu“ ist keine Art von Dokument. Es gibt: study, guide, case_report, advice, funding, event."
    ]
