"""The whole way with the real model: files on disk, the ingest command, the search command, an answer with its page."""

import json
import shutil
from pathlib import Path

import pytest

from change_wissen import main
from change_wissen_exit import EXIT_DONE, EXIT_SOME_FAILED
from ingest.extract.ocr import find_ocr

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared/documents/real"
# A few documents of every format and collection, so that the real model embeds in seconds.
SAMPLES = (
    "wissen/leitfaden-mobile-arbeit",
    "wissen/merkblatt-pausen-ruhezeiten",
    "wissen/faq-ki-verordnung-kmu",
    "wissen/it-sicherheit-kleine-betriebe",
    "beratung/betriebliches-eingliederungsmanagement-digital",
    "erfolg/lagerlogistik-handschuhscanner",
    "erfolg/aushang-tabletnutzung",
)


@pytest.fixture
def search(tmp_path, capsys, monkeypatch, model_folder):
    """Return a function that answers a question with the real model, as the JSON of the API."""
    monkeypatch.setenv("CHANGE_WISSEN_MODEL", str(model_folder))
    monkeypatch.setenv("CHANGE_WISSEN_THREADS", "1")  # the machine that runs the tests may be busy
    monkeypatch.setenv("CHANGE_WISSEN_KB", str(tmp_path / "kb"))

    def ask(question: str, *options: str) -> dict:
        capsys.readouterr()
        assert main(["search", question, "--json", *options]) == EXIT_DONE
        return json.loads(capsys.readouterr().out)

    return ask


def ingest(folder: Path, report: Path) -> tuple[int, dict]:
    """Run the ingest command; return its exit code and the report."""
    code = main(["ingest", str(folder), "--report", str(report)])
    return code, json.loads(report.read_text("utf-8"))


def test_sample_documents_answer_everyday_questions_with_a_page(tmp_path, search):
    folder = tmp_path / "dokumente"
    folder.mkdir()
    for sample in SAMPLES:
        for file in (ROOT / "corpus").glob(f"{sample}.*"):
            shutil.copy(file, folder)
    code, report = ingest(folder, tmp_path / "report.json")
    assert code == EXIT_DONE
    indexed, skipped = (6, 1) if find_ocr() is None else (7, 0)
    assert report["totals"] == {"indexed": indexed, "unchanged": 0, "duplicate": 0, "skipped": skipped, "failed": 0}
    (scan,) = (file for file in report["files"] if file["path"].endswith("aushang-tabletnutzung.pdf"))
    assert ("OCR nötig" if skipped else "2 Seiten per Texterkennung gelesen") in scan["reason"]

    answer = search("Wie läuft die Rückkehr nach langer Krankheit ab?")
    assert answer["notices"] == []
    first = answer["hits"][0]
    assert "Eingliederungsmanagement" in first["document"]["title"]
    assert first["document"]["collection"] == "beratung"
    page = first["passage"]["pages"][0]["physical"]
    assert first["source_url"].endswith(f"#page={page}")
    assert "S. " in first["citation"]["text"]

    assert "Pausen" in search("Wie lange muss ich zwischen zwei Schichten frei haben?")["hits"][0]["document"]["title"]
    assert answer["fitting"]
    assert "Die Bedeutung passt" in first["explain"]["text"]
    assert "semantic" in {mark["kind"] for mark in first["passage"]["highlights"]}
    foreign = search("Rezept Apfelkuchen mit Streuseln")
    assert not foreign["fitting"]
    assert foreign["suggestions"]["related"]
    mended = search("Eingliederungsmanagment")["suggestions"]
    assert mended["did_you_mean"] == "Eingliederungsmanagement"

    only_beratung = search("Datenschutz", "--filter", "collection=beratung")
    assert {hit["document"]["collection"] for hit in only_beratung["hits"]} == {"beratung"}

    code, again = ingest(folder, tmp_path / "again.json")
    assert (code, again["totals"]["unchanged"], again["totals"]["indexed"]) == (EXIT_DONE, indexed, 0)


@pytest.mark.skipif(not REAL.is_dir(), reason="the folder of real documents is not beside this checkout")
def test_real_documents_answer_with_the_right_page_and_bad_ones_cost_only_themselves(tmp_path, search):
    folder = tmp_path / "echt"
    folder.mkdir()
    for name in (
        "github_verwaltung/Hinweisblatt_Prozesskostenhilfe.pdf",
        "github_verwaltung/Umsetzung_verstehen.docx",
        "github_guides/07_Presse-Guidelines.pdf",
        "handbuch_it/sicherheit.html",
        "debian/milog.pdf",
        "derived/agmahnvordrv_userpw_geheim.pdf",
        "derived/l2tabu_truncated.pdf",
    ):
        shutil.copy(REAL / name, folder)
    code, report = ingest(folder, tmp_path / "report.json")
    assert code == EXIT_SOME_FAILED
    assert sum(report["totals"].values()) == len(report["files"]) == 7
    failed = {Path(file["path"]).name: file["reason"] for file in report["files"] if file["state"] == "failed"}
    assert "agmahnvordrv_userpw_geheim.pdf" in failed
    assert "Passwort" in failed["agmahnvordrv_userpw_geheim.pdf"]
    assert all("Traceback" not in reason for reason in failed.values())

    first = search("Wer bekommt Geld vom Staat, um vor Gericht klagen zu können?")["hits"][0]
    assert "Prozess" in first["passage"]["text"]
    assert first["passage"]["pages"][0]["physical"] >= 1
    assert first["passage"]["highlights"] or first["explain"]["semantic"] > 0
