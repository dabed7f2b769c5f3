"""What editors do in the browser, from the sign-in to the document found: by the keyboard alone, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FileChooser, Page, expect

from tests.pages.keyboard import press, reach
from tests.pages.signing_in import sign_in
from tests.pages.visit import Visit
from tests.pages.workshop import Workshop, open_workshop

NEW = "Der Leiharbeiter bekommt am ersten Tag eine Einweisung an der Kantbank.\n"


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    with open_workshop(tmp_path) as workshop:
        yield workshop


@pytest.fixture
def editor(browser: Browser, workshop: Workshop, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A window on the workshop."""
    context = browser.new_context(locale="de-DE", reduced_motion="reduce", **getattr(request, "param", {}))
    visit = Visit(context, workshop.whole)
    yield visit
    context.close()
    assert visit.find_faults() == []


def write_file(folder: Path) -> Path:
    path = folder / "kantbank.txt"
    path.write_text(NEW, "utf-8")
    return path


def choose_file(page: Page, path: Path) -> None:
    """Choose a file in the field that has the focus."""
    choosers: list[FileChooser] = []
    page.on("filechooser", lambda chooser: choosers.append(chooser))
    for key in ("Enter", "Space"):  # both open the browser's dialog; on a busy machine Chromium lets one pass by
        page.keyboard.press(key)
        for _ in range(50):
            if not choosers:
                page.wait_for_timeout(100)
        if choosers:
            break
    choosers[0].set_files(path)


def expect_found(page: Page, workshop: Workshop) -> None:
    page.goto(f"{workshop.whole}/suche?q=Kantbank&mode=lexical")
    expect(page.locator("li.hit .snippet").first).to_contain_text("Einweisung an der Kantbank")


def test_by_the_keyboard_alone_a_file_is_uploaded_its_job_followed_and_the_document_found(
    editor: Visit, workshop: Workshop, tmp_path: Path
):
    page = editor.open("/")
    press(page, "footer a[href='/pflege']", leads_to="**/pflege/anmelden")
    reach(page, "input[type=password]")
    page.keyboard.type(workshop.key)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Angemeldet mit")).to_be_visible()
    press(page, "main a[href='/pflege/hochladen']", leads_to="**/hochladen")
    press(page, "details.fold > summary")
    reach(page, "[name=title]")
    page.keyboard.type("Einweisung <b>Kantbank</b>")
    reach(page, "input[type=file]")
    choose_file(page, write_file(tmp_path))
    press(page, "form[enctype] [type=submit]", leads_to="**/auftraege/*")
    state = page.locator("[data-state]")
    expect(state).to_have_attribute("data-state", "queued")
    workshop.do_jobs()
    expect(state).to_have_attribute("data-state", "done", timeout=15_000)  # told without loading anew
    press(page, "[data-state] a[href*='/dokument']", leads_to="**/dokument*/**")
    expect(page.locator("h1")).to_contain_text("Einweisung <b>Kantbank</b>")
    expect_found(page, workshop)
    press(page, "footer a[href='/pflege']", leads_to="**/pflege")
    press(page, ".leaving [type=submit]", leads_to="**/pflege/anmelden**")
    expect(page.get_by_label("Schlüssel")).to_be_visible()


@pytest.mark.parametrize("editor", [{"java_script_enabled": False}], indirect=True, ids=["off"])
def test_without_javascript_a_document_is_uploaded_described_withdrawn_and_restored(
    editor: Visit, workshop: Workshop, tmp_path: Path
):
    page = editor.page
    sign_in(page, workshop)
    page.locator("main a[href='/pflege/hochladen']").first.click()
    page.locator("input[type=file]").set_input_files(write_file(tmp_path))
    page.locator("form[enctype] [type=submit]").click()
    expect(page.locator("[data-state=queued]")).to_be_visible()
    workshop.do_jobs()
    page.goto(page.url)
    expect(page.locator("[data-state=done]")).to_be_visible()
    expect_found(page, workshop)

    (document,) = {hit.get_attribute("data-document") for hit in page.locator("li.hit").all()}
    page.goto(f"{workshop.whole}/pflege/dokumente/{document}/zurueckziehen")
    page.locator("main form.form textarea, main form.form input[type=text]").first.fill("überholt")
    page.locator("main form.form [type=submit]").click()
    expect(page.locator("[data-state=queued]")).to_be_visible()
    workshop.do_jobs()
    page.goto(f"{workshop.whole}/suche?q=Kantbank&mode=lexical")
    expect(page.locator("li.hit .snippet", has_text="Kantbank")).to_have_count(0)
    page.goto(f"{workshop.whole}/pflege/zurueckgezogen")
    expect(page.locator("main")).to_contain_text("überholt")
    page.locator(f"main a[href='/pflege/dokumente/{document}']").click()
    page.get_by_role("button", name="Wiederherstellen").click()
    expect(page.locator("[data-state=queued]")).to_be_visible()
    workshop.do_jobs()
    expect_found(page, workshop)


def test_what_is_refused_says_why_beside_the_field_and_keeps_what_was_written(
    editor: Visit, workshop: Workshop, tmp_path: Path
):
    page = editor.page
    sign_in(page, workshop)
    editor.open("/pflege/hochladen")
    page.evaluate("document.querySelector('form[enctype]').noValidate = true")
    page.locator("details.fold > summary").first.click()
    page.locator("[name=title]").fill("<img src=x onerror=alert(1)> 🙂")
    page.locator("[name=year]").fill("9999999")
    page.locator("input[type=file]").set_input_files(write_file(tmp_path))
    page.locator("form[enctype] [type=submit]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("[name=title]")).to_have_value("<img src=x onerror=alert(1)> 🙂")
    expect(page.locator("[name=year]")).to_have_attribute("aria-invalid", "true")
    assert page.title().startswith("Fehler: ")
    assert not workshop.desk.jobs.list(5)
