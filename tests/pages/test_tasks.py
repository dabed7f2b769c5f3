"""The real model, the real documents, a real browser: a new user finds the passage for each of twenty questions.

The table `tasks.tsv` says which page of which file answers. The knowledge base holds every fourth document of the corpus,
which the gate of the ranking takes in as well, and what the tasks need besides; `python -m evaluation.pages --tasks` does
them on all of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from evaluation.judgements import read_judged_set
from evaluation.pages.tasks import Outcome, Task, do_task, read_tasks
from ingest.page_images import ConfinedPages
from ingest.pipeline import ingest
from ingest.sources import walk
from search_service.api import create_app
from search_service.knowledge_base.originals import PAGE_IMAGES
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.page_image_cache import PageImageCache
from search_service.page_images import PageImages
from search_service.searcher import Searcher
from tests.pages.visit import Visit
from tests.remembering import RememberingPassages
from tests.serving import serve

CORPUS = Path(__file__).parents[2] / "corpus"
TASKS = read_tasks(Path(__file__).parent / "tasks.tsv")
BEST = 3  # the grade of a document that answers the whole question
EVERY = 4  # as in tests/evaluation/test_corpus_gate.py


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, remembering: RememberingPassages) -> Iterator[str]:
    """Take the documents in as `change-wissen ingest` does, and serve them."""
    kb = tmp_path_factory.mktemp("tasks") / "kb"
    part = [offer.path for offer in walk([CORPUS]) if offer.problem is None][::EVERY]
    wanted = [CORPUS / task.file for task in TASKS]
    with KnowledgeBase(kb) as knowledge_base:
        report = ingest(list(dict.fromkeys([*part, *wanted])), knowledge_base, embedder=remembering)
    assert {file.state.value for file in report.files} <= {"indexed", "skipped"}
    with ConfinedPages() as drawer:
        images = PageImages(drawer, PageImageCache(kb / PAGE_IMAGES))
        with serve(create_app(Searcher(Reader(kb), remembering), page_images=images)) as address:
            yield address


@pytest.fixture(scope="module")
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    context = browser.new_context(locale="de-DE", reduced_motion="reduce")
    visit = Visit(context, address)
    yield visit
    context.close()
    assert visit.find_faults() == []


@pytest.mark.parametrize("task", TASKS, ids=[task.question[:30] for task in TASKS])
def test_a_new_user_lands_on_the_right_page_of_the_right_file_with_the_passage_in_sight(
    visit: Visit, task: Task, record_property
):
    outcome: Outcome = do_task(visit.page, visit.address, task, CORPUS)
    record_property("rank", outcome.rank)
    assert outcome.fault is None


def test_the_tasks_are_twenty_from_all_collections_and_formats_and_most_are_about_pdfs():
    assert len(TASKS) == len({task.question for task in TASKS}) == 20
    formats = Counter(Path(task.file).suffix for task in TASKS)
    assert formats[".pdf"] > 10
    assert formats.keys() == {".pdf", ".docx", ".txt", ".md", ".html"}
    collections = Counter(Path(task.file).parent.name for task in TASKS)
    assert collections.keys() == {"praxisprojekte", "beratung", "wissen", "erfolg", "lernreisen"}


def test_the_questions_are_those_of_the_corpus_and_the_documents_those_that_answer_them_whole():
    queries = read_judged_set(CORPUS).queries
    best = {(query.text, name) for query in queries for name, grade in query.grades.items() if grade == BEST}
    assert {(task.question, task.file) for task in TASKS} <= best


def test_a_wrong_page_and_wrong_words_are_noticed(visit: Visit):
    task = TASKS[0]
    wrong_page = Task(task.question, task.title, task.file, 1, task.words)
    wrong_words = Task(task.question, task.title, task.file, task.page, "Quastenflosser")
    wrong_file = Task(task.question, task.title, TASKS[1].file, task.page, task.words)
    faults = [do_task(visit.page, visit.address, each, CORPUS).fault for each in (wrong_page, wrong_words, wrong_file)]
    assert faults == ["aufgeschlagen ist Blatt 2", "die Textstelle enthält die Worte nicht", "es ist eine andere Datei"]
