"""An editor's morning in a real browser: signing in, uploading, watching the job, finding the document, withdrawing it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ingest import pipeline
from ingest.errands import Errand, Outcome, run_errand
from ingest.worker import work
from search_service.api import create_app
from search_service.desk.jobs import Job
from search_service.desk.keys import Scope
from search_service.desk.opening import Desk, open_desk
from search_service.site.editing import job_pages
from tests.ingest.desk_orders import QuickPool
from tests.search_service.small_library import NarrowEmbedder, build_library
from tests.serving import open_browser, serve

TEXT = "Der Quastenflosser-Tarif gilt für Beschäftigte in Tiefseebetrieben ab dem dritten Tauchgang."


class Worker:
    """The worker in a thread of the test, which stops in the middle of a job until it may go on."""

    def __init__(self, desk: Desk) -> None:
        self.may_go_on = threading.Event()
        self._stop = threading.Event()
        arguments = (lambda base: Errand(base, NarrowEmbedder()), desk.root, desk.jobs, self._stop)
        self._thread = threading.Thread(target=work, args=arguments, kwargs={"poll": 0.05, "run": self._run})

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self.may_go_on.set()
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self, job: Job, errand: Errand) -> Outcome:
        errand.progress.embedded(300, 1200)
        assert self.may_go_on.wait(30)
        return run_errand(job, errand)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(job_pages, "REFRESH_SECONDS", 1)
    monkeypatch.setattr(job_pages, "LIVE_SECONDS", 0.3)
    return open_desk(tmp_path / "kb")


@pytest.fixture
def address(tmp_path: Path, desk: Desk) -> Iterator[str]:
    with serve(create_app(build_library(tmp_path), desk=desk)) as address:
        yield address


@pytest.fixture
def worker(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    monkeypatch.setattr(pipeline, "ExtractorPool", QuickPool)
    worker = Worker(desk)
    yield worker
    worker.end()


def test_an_editor_uploads_watches_and_withdraws(address: str, desk: Desk, worker: Worker, tmp_path: Path) -> None:
    _, key = desk.keys.create("Redaktion", Scope.ADMIN)
    (tmp_path / "tarif.txt").write_text(TEXT)
    (tmp_path / "gross.txt").write_bytes(b"x")
    with open_browser() as browser:
        page = browser.new_context(locale="de-DE").new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        sign_in(page, address, key)
        upload(page, tmp_path)
        watch(page, worker)
        find(page, address)
        withdraw(page, address)
        without_scripts = browser.new_page(locale="de-DE", java_script_enabled=False)
        sign_in(without_scripts, address, key)
        take_back_a_field(without_scripts, address)
    # The browser reports refused forms and the connection that was cut on purpose as errors of their own.
    assert [text for text in complaints if "status of 422" not in text and "ERR_FAILED" not in text] == []


def sign_in(page: Page, address: str, key: str) -> None:
    page.goto(f"{address}/pflege/hochladen")
    page.get_by_label("Schlüssel").fill(key)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dokument hochladen")
    assert key not in page.content()


def upload(page: Page, folder: Path) -> None:
    page.get_by_text("Angaben zum Dokument (freiwillig)").click()
    page.get_by_label("Titel").fill("Tiefsee <b>Tarif</b>")
    page.get_by_label("Sammlung").select_option(label="Ch@nge Beratung")
    page.get_by_label("Künstliche Intelligenz").check()
    page.get_by_label("Erscheinungsjahr").fill("2025 oder so")
    page.get_by_label("Datei", exact=True).evaluate("input => input.dataset.maxSize = 0")
    page.get_by_label("Datei", exact=True).set_input_files(folder / "gross.txt")
    assert "größer als" in page.get_by_label("Datei", exact=True).evaluate("input => input.validationMessage")
    page.get_by_label("Datei", exact=True).evaluate("input => input.dataset.maxSize = 1000000")
    page.get_by_label("Datei", exact=True).set_input_files(folder / "tarif.txt")
    page.get_by_role("button", name="Hochladen").click()
    expect(page.locator("#fehler")).to_be_focused()
    expect(page.get_by_label("Titel")).to_have_value("Tiefsee <b>Tarif</b>")
    expect(page.get_by_label("Künstliche Intelligenz")).to_be_checked()
    page.get_by_label("Erscheinungsjahr").fill("2025")
    page.get_by_label("Datei", exact=True).set_input_files(folder / "tarif.txt")
    page.get_by_role("button", name="Hochladen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aufnehmen: „tarif.txt“")


def watch(page: Page, worker: Worker) -> None:
    """See the job move and end without loading the page anew, and going on when the service was away for a moment."""
    expect(page.get_by_text("Der Arbeitsprozess läuft nicht.")).to_be_visible()
    page.evaluate("window.stayed = true")
    page.route("**/stand", lambda route: route.abort())
    expect(page.get_by_text("Der Dienst antwortet gerade nicht.")).to_be_visible(timeout=15_000)
    page.unroute("**/stand")
    other = page.context.new_page()
    other.route("**/stand", lambda route: route.fulfill(status=404))
    other.goto(page.url)
    expect(other.get_by_text("Diesen Auftrag gibt es nicht mehr")).to_be_visible(timeout=15_000)
    other.close()
    page.bring_to_front()
    worker.start()
    expect(page.locator(".counted")).to_have_text("300 von 1.200 Textstellen", timeout=15_000)
    bar = page.get_by_role("progressbar", name="Bedeutungen berechnen")
    assert bar.evaluate("bar => bar.position") == pytest.approx(0.25)
    expect(page.locator("[data-announce]")).to_have_text("Bedeutungen berechnen: 20 Prozent")
    worker.may_go_on.set()
    expect(page.get_by_text("„tarif.txt“ ist aufgenommen.")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("Der Dienst antwortet gerade nicht.")).to_be_hidden()
    assert page.evaluate("window.stayed") is True
    expect(page.locator("time").first).not_to_contain_text("UTC")


def find(page: Page, address: str) -> None:
    page.get_by_role("link", name="Zum Dokument").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tiefsee <b>Tarif</b>")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aufnehmen: „tarif.txt“")
    page.goto(f"{address}/suche?q=Quastenflosser-Tarif")
    expect(page.locator("[data-title]").first).to_contain_text("Tiefsee <b>Tarif</b>")


def withdraw(page: Page, address: str) -> None:
    page.goto(f"{address}/pflege/dokumente?titel=tiefsee")
    page.get_by_role("link", name="Tiefsee <b>Tarif</b>").click()
    page.get_by_role("link", name="Dieses Dokument zurückziehen …").click()
    page.get_by_label("Grund (freiwillig)").fill("Überholt")
    page.get_by_role("button", name="Zurückziehen").dblclick()
    expect(page.get_by_text("ist zurückgezogen.")).to_be_visible(timeout=15_000)
    page.goto(f"{address}/pflege/zurueckgezogen")
    expect(page.get_by_text("Überholt")).to_be_visible()


def take_back_a_field(page: Page, address: str) -> None:
    """Without scripts the page of a job loads itself anew until the job is done."""
    page.goto(f"{address}/pflege/dokumente")
    page.get_by_role("link", name="Leitfaden Künstliche Intelligenz im Betrieb").click()
    page.get_by_label("Herausgeber oder Verlag").fill("")
    page.get_by_role("button", name="Angaben speichern").click()
    expect(page.get_by_text("sind geändert.")).to_be_visible(timeout=20_000)
