"""The command line: documents from the web, from watched folders and behind passwords."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pypdf
import pytest

from search_service.knowledge_base.store import KnowledgeBase
from tests.command_line.session import run
from tests.ingest.web.local_server import LocalServer, Reply

PAGE = "<html><head><title>{title}</title></head><body><main><h1>{title}</h1><p>{text}</p></main></body></html>"
SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'
WATCH = "import sys, change_wissen; sys.exit(change_wissen.main(sys.argv[1:]))"


def page(title: str, text: str) -> Reply:
    return Reply(PAGE.format(title=title, text=text * 8).encode())


def titles(kb: Path) -> list[str]:
    with KnowledgeBase(kb) as base:
        return sorted(document.metadata.title for document in base.documents())


def test_a_sitemap_is_taken_in_and_what_it_drops_is_removed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    kb = tmp_path / "kb"
    with LocalServer().running() as server:
        server.routes |= {
            "/robots.txt": Reply(b"User-agent: *\nCrawl-delay: 0\n", "text/plain"),
            "/a": page("Schichtplanung", "Gute Schichtplanung braucht Vorlauf. "),
            "/b": page("Pausenregeln", "Nach sechs Stunden ist eine Pause vorgeschrieben. "),
        }
        for named, left in ((("/a", "/b"), ["Pausenregeln", "Schichtplanung"]), (("/b",), ["Pausenregeln"])):
            places = "".join(f"<url><loc>{server.url}{path}</loc></url>" for path in named)
            server.routes["/sitemap.xml"] = Reply(SITEMAP.format(places).encode(), "application/xml")
            arguments = ("ingest", "--sitemap", f"{server.url}/sitemap.xml", "--allow-private", "--kb", kb)
            code, out, err = run(capsys, *arguments)
            assert (code, titles(kb)) == (0, left), out + err
        assert "1 entfernt" in out


def test_addresses_of_the_own_network_are_refused_unless_allowed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with LocalServer().running() as server:
        server.routes["/a"] = page("Schichtplanung", "Gute Schichtplanung braucht Vorlauf. ")
        (tmp_path / "adressen.txt").write_text(f"# Studien\n{server.url}/a\n{server.url}/fehlt\n")
        report = tmp_path / "bericht.json"
        arguments = ("ingest", "--urls", tmp_path / "adressen.txt", "--kb", tmp_path / "kb", "--report", report)
        assert run(capsys, *arguments)[0] == 1
        assert server.asked == []
        assert {file["state"] for file in json.loads(report.read_text("utf-8"))["files"]} == {"failed"}
        assert run(capsys, *arguments, "--allow-private")[0] == 1
        totals = json.loads(report.read_text("utf-8"))["totals"]
        assert (totals["indexed"], totals["failed"]) == (1, 1)
        assert titles(tmp_path / "kb") == ["Schichtplanung"]


def test_nothing_to_take_in_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = run(capsys, "ingest", "--kb", tmp_path / "kb")
    assert code == 2
    assert "Was soll aufgenommen werden?" in err
    assert not (tmp_path / "kb").exists()


def test_a_list_of_addresses_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = run(capsys, "ingest", "--urls", tmp_path / "fehlt.txt", "--kb", tmp_path / "kb")
    assert code == 2
    assert "fehlt.txt" in err


def test_a_password_file_opens_protected_documents_and_is_not_taken_in(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, folder: Path
) -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("geheim")
    writer.write(folder / "leer.pdf")
    (folder / "passwoerter.txt").write_text("falsch\ngeheim\n")
    without = run(capsys, "ingest", folder, "--kb", tmp_path / "eins")
    assert without[0] == 1
    assert "--password-file" in without[1]
    code, out, _ = run(capsys, "ingest", folder, "--kb", tmp_path / "zwei", "--password-file", folder / "passwoerter.txt")
    assert code == 0
    assert "nur leere Seiten" in out
    assert "passwoerter" not in titles(tmp_path / "zwei")
    assert "nur leere Seiten" in run(capsys, "extract", folder / "leer.pdf", "--password-file", folder / "passwoerter.txt")[2]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_watch_takes_in_what_comes_and_removes_what_goes_and_went(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, folder: Path
) -> None:
    kb, said = tmp_path / "kb", tmp_path / "gesagt.txt"
    (folder / "alt.txt").write_text("Was es nicht mehr gibt.")
    assert run(capsys, "ingest", folder, "--kb", kb)[0] == 0
    (folder / "alt.txt").unlink()
    (folder / "pausen.txt").write_text("Nach sechs Stunden eine Pause.")
    (folder / "passwoerter.txt").write_text("geheim\n")
    command = [sys.executable, "-c", WATCH, "watch", str(folder), "--kb", str(kb), "--poll", "1"]
    command += ["--password-file", str(folder / "passwoerter.txt")]
    with (
        said.open("w") as out,
        subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as process,
    ):
        try:
            await_line(said, "aufgenommen: " + str(folder / "pausen.txt"))
            await_line(said, "entfernt: " + str(folder / "alt.txt"))
            (folder / "neu.md").write_text("# Telearbeit\n\nVon zu Hause arbeiten.\n")
            (folder / "pausen.txt").unlink()
            await_line(said, "aufgenommen: " + str(folder / "neu.md"))
            await_line(said, "entfernt: " + str(folder / "pausen.txt"))
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
    assert titles(kb) == ["Schichtplanung", "Telearbeit"]


def await_line(file: Path, wanted: str) -> None:
    for _ in range(600):
        if wanted in file.read_text():
            return
        time.sleep(0.1)
    pytest.fail(f"„{wanted}“ was never said:\n{file.read_text()}")


def test_a_mistyped_path_makes_no_knowledge_base(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = run(capsys, "ingest", tmp_path / "vertippt", "--kb", tmp_path / "kb")
    assert code == 2
    assert "liegt nichts" in err
    assert not (tmp_path / "kb").exists()


@pytest.mark.parametrize("option", ["--password-file", "--urls"])
def test_a_file_that_is_not_there_is_told_in_german(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, folder: Path, option: str
) -> None:
    code, _, err = run(capsys, "ingest", folder, option, tmp_path / "fehlt.txt", "--kb", tmp_path / "kb")
    assert code == 2
    assert "nicht vorhanden" in err
    assert "No such file" not in err
