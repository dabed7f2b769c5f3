"""Judged sets are read whole, or refused with file, line and cure."""

import json
from pathlib import Path

import pytest

from evaluation.judgements import Entry, JudgedQuery, JudgedSet, read_judged_set, read_qrels, read_queries, select_part
from search_service.errors import InvalidJudgements

OPEN_SETS = Path(__file__).parents[2] / "../shared/eval/open"
COUNTS = {"germanquad_test": (474, 2204), "gesetze_arbeit_digital": (1994, 1614), "handbuch_it_headings": (267, 234)}

CORPUS = '{"_id": "c1", "title": "Pausen", "text": "Die Ruhepause dauert 30 Minuten."}\n{"_id": 2, "text": "Schicht"}\n'
QUERIES = '{"_id": "q1", "text": "Wie lang ist die Pause?", "kind": "alltag"}\n\n{"_id": "q2", "text": "Schicht"}\n'
QRELS = "query-id\tcorpus-id\tscore\nq1\tc1\t2\nq1\t2\t0\nq2\t2\t1\n"


def write_set(folder: Path, corpus: str | None = CORPUS, queries: str = QUERIES, qrels: str = QRELS) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in (("corpus.jsonl", corpus), ("queries.jsonl", queries), ("qrels.tsv", qrels)):
        if content is not None:
            (folder / name).write_text(content, "utf-8")
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(InvalidJudgements) as caught:
        read_judged_set(folder)
    return str(caught.value)


def test_a_whole_set_is_read(tmp_path):
    judged = read_judged_set(write_set(tmp_path / "pausen"))
    assert judged.name == "pausen"
    assert judged.entries == (Entry("c1", "Pausen", "Die Ruhepause dauert 30 Minuten."), Entry("2", "", "Schicht"))
    assert judged.queries == (
        JudgedQuery("q1", "Wie lang ist die Pause?", "alltag", {"c1": 2, "2": 0}),
        JudgedQuery("q2", "Schicht", None, {"2": 1}),
    )


def test_the_layout_of_the_original_archives_is_read(tmp_path):
    folder = write_set(tmp_path / "set")
    (folder / "qrels").mkdir()
    (folder / "qrels.tsv").rename(folder / "qrels/test.tsv")
    assert read_judged_set(folder).queries[1].grades == {"2": 1}


def test_the_name_comes_from_meta_json(tmp_path):
    folder = write_set(tmp_path / "set")
    (folder / "meta.json").write_text('{"name": "Pausenfragen"}', "utf-8")
    assert read_judged_set(folder).name == "Pausenfragen"
    (folder / "meta.json").write_text("{", "utf-8")
    assert "meta.json" in refusal(folder)


def test_the_kind_may_stand_in_metadata_and_a_query_without_judgements_has_no_grades(tmp_path):
    queries = '{"_id": "q1", "text": "Pause", "metadata": {"kind": "kurz"}}\n{"_id": "q2", "text": "Schicht", "metadata": {}}\n'
    judged = read_judged_set(write_set(tmp_path / "set", queries=queries, qrels="query-id\tcorpus-id\tscore\nq1\tc1\t1\n"))
    assert [(query.kind, query.grades) for query in judged.queries] == [("kurz", {"c1": 1}), (None, {})]


def test_a_twin_is_the_same_question_in_clean_spelling(tmp_path):
    queries = '{"_id": "q1", "text": "Schihct", "twin": "q2"}\n{"_id": "q2", "text": "Schicht"}\n'
    judged = read_judged_set(write_set(tmp_path / "set", queries=queries))
    assert [query.twin for query in judged.queries] == ["q2", None]


def test_part_of_a_set_keeps_the_queries_that_still_have_an_answer_and_those_that_never_had_one():
    queries = (
        JudgedQuery("q1", "Pause", None, {"a": 2, "b": 1}),
        JudgedQuery("q2", "Schicht", None, {"b": 1}),
        JudgedQuery("q3", "Lager", None, {"b": 1, "c": 0}),
        JudgedQuery("q4", "Brot", "unbeantwortbar", {}),
    )
    whole = JudgedSet("satz", tuple(Entry(name, "", name) for name in "abc"), queries)
    part = select_part(whole, {"a", "c"}, "teil")
    assert part.name == "teil"
    assert [entry.id for entry in part.entries or ()] == ["a", "c"]
    assert [(query.id, query.grades) for query in part.queries] == [("q1", {"a": 2}), ("q4", {})]
    assert select_part(JudgedSet("dateien", None, queries), {"a"}, "teil").entries is None


def test_documents_may_be_files_judged_by_their_path(tmp_path):
    folder = write_set(tmp_path / "set", corpus=None, qrels="query-id\tcorpus-id\tscore\nq1\twissen/pausen.txt\t3\n")
    assert "wissen/pausen.txt" in refusal(folder)
    (folder / "wissen").mkdir()
    (folder / "wissen/pausen.txt").write_text("Pausen", "utf-8")
    judged = read_judged_set(folder)
    assert judged.entries is None
    assert judged.queries[0].grades == {"wissen/pausen.txt": 3}


def test_windows_line_ends_a_byte_order_mark_and_a_line_separator_in_a_text_do_no_harm(tmp_path):
    folder = write_set(tmp_path / "set", qrels="\ufeff" + QRELS.replace("\n", "\r\n"))
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "a\u2028b"}\n{"_id": "q2", "text": "c"}\n', "utf-8")
    judged = read_judged_set(folder)
    assert judged.queries[0] == JudgedQuery("q1", "a\u2028b", None, {"c1": 2, "2": 0})


@pytest.mark.parametrize("missing", ["queries.jsonl", "qrels.tsv"])
def test_a_missing_file_is_named(tmp_path, missing):
    folder = write_set(tmp_path / "set")
    (folder / missing).unlink()
    message = refusal(folder)
    assert missing in message
    assert "Erwartet wird ein BEIR-Ordner" in message


def test_a_missing_folder_is_named(tmp_path):
    assert refusal(tmp_path / "nirgends").startswith("Den Ordner „")


@pytest.mark.parametrize(
    ("part", "content", "place", "reason"),
    [
        (
            "corpus",
            '{"_id": "c1", "text": "a"}\n{"_id": "c1", "text": "b"}\n',
            "Zeile 2",
            "die _id „c1“ kommt ein zweites Mal vor",
        ),
        ("corpus", '{"_id": "c1"}\n', "Zeile 1", "„text“ fehlt"),
        ("corpus", '\n{"_id": "c1", "text"\n', "Zeile 2", "kein gültiges JSON"),
        ("queries", '["q1", "Pause"]\n', "Zeile 1", "kein JSON-Objekt"),
        ("queries", '{"text": "Pause"}\n', "Zeile 1", "„_id“ fehlt"),
        ("queries", '{"_id": "q1", "text": "a"}\n{"_id": "q1", "text": "b"}\n', "Zeile 2", "kommt ein zweites Mal vor"),
        ("queries", '{"_id": "q1", "text": " "}\n', "Zeile 1", "ist leer"),
        ("queries", '{"_id": "q1", "text": "a"}\n{"_id": "q2", "text": "b", "twin": "q9"}\n', "Zeile 2", "die Frage „q9“"),
        ("qrels", "query-id\tcorpus-id\tscore\nq1\tc1\n", "Zeile 2", "2 statt 3 Spalten"),
        ("qrels", "query-id\tcorpus-id\tscore\nq1\tc1\tviel\n", "Zeile 2", "„viel“ ist keine ganze Zahl"),
        ("qrels", "q1\tc1\t1.5\n", "Zeile 1", "„1.5“ ist keine ganze Zahl"),
        ("qrels", "query-id\tcorpus-id\tscore\nq9\tc1\t1\n", "Zeile 2", "die Frage „q9“ steht nicht in queries.jsonl"),
        ("qrels", "query-id\tcorpus-id\tscore\nq1\tc1\t1\nq1\tc1\t1\n", "Zeile 3", "ein zweites Mal bewertet"),
    ],
)
def test_a_broken_line_is_refused_with_its_number_and_a_cure(tmp_path, part, content, place, reason):
    message = refusal(write_set(tmp_path / "set", **{part: content}))
    assert place in message
    assert reason in message
    assert message.endswith(".")
    assert "Bitte" in message or "Erwartet wird" in message


def test_a_file_that_is_not_utf8_or_holds_no_query_is_refused(tmp_path):
    folder = write_set(tmp_path / "set")
    (folder / "queries.jsonl").write_bytes('{"_id": "q1", "text": "für"}'.encode("latin-1"))
    assert "kein UTF-8" in refusal(folder)
    (folder / "queries.jsonl").write_text("\n", "utf-8")
    assert "keine Frage" in refusal(folder)


def test_what_was_written_is_read_back(tmp_path):
    texts = ["„Schicht“ & Pause", "Zeile\nzwei", "Tab\tdarin", "Straße – Maß"]
    lines = [json.dumps({"_id": f"q{number}", "text": text}, ensure_ascii=False) for number, text in enumerate(texts)]
    (tmp_path / "queries.jsonl").write_text("\n".join(lines), "utf-8")
    assert [query.text for query in read_queries(tmp_path / "queries.jsonl")] == texts
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq0\td\t3\nq1\td\t1\n", "utf-8")
    assert read_qrels(tmp_path / "qrels.tsv", {"q0", "q1"}) == {"q0": {"d": 3}, "q1": {"d": 1}}


@pytest.mark.skipif(not OPEN_SETS.is_dir(), reason="the open sets lie beside the checkout, not in it")
@pytest.mark.parametrize("name", COUNTS)
def test_the_open_sets_are_read_whole(name):
    judged = read_judged_set(OPEN_SETS / name)
    assert (len(judged.entries or ()), len(judged.queries)) == COUNTS[name]
    assert judged.name == name
    known = {entry.id for entry in judged.entries or ()}
    assert all(query.grades.keys() <= known and query.grades for query in judged.queries)
