# `make demo` searches the sample documents in the browser, `make test` runs every check. Both set up what they need.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
KB ?= wissensbasis
SERVE ?= 1
CASES ?= 20000
SOAK ?= 600
# Reads scans where it is there; the product works without it.
OCR := tesseract-ocr tesseract-ocr-deu tesseract-ocr-osd
# What the browser draws pages with; without it pages are pictures.
VIEWER := search_service/viewer
# Only the versions named here: a plain "torch" would bring gigabytes of CUDA packages.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test setup setup-test viewer lint types corpus fuzz load pages clean

demo: setup
	$(BIN)/change-wissen ingest corpus --kb $(KB)
	$(BIN)/change-wissen search "Wer entscheidet mit, wenn wir eine KI einführen?" --kb $(KB) --limit 3
	$(BIN)/change-wissen search "Mangel an Fachkräften" --kb $(KB) --limit 3
	$(BIN)/change-wissen search "§ 87 Abs. 1 Nr. 6 BetrVG" --kb $(KB) --limit 3 --filter collection=wissen
	@if [ "$(SERVE)" != 0 ]; then exec $(BIN)/change-wissen serve --kb $(KB); fi

test: setup-test lint types
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

setup: .venv/ready
	@$(BIN)/change-wissen model prepare

setup-test: .venv/ready-test
	@$(BIN)/change-wissen model prepare
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } \
	  || echo "Chromium fehlt: Die Browsertests werden übersprungen. Bitte „apt-get install chromium“ ausführen."
	@command -v tesseract >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq $(OCR) >/dev/null; } \
	  || echo "Tesseract fehlt: Die Tests der Texterkennung werden übersprungen. Bitte „apt-get install $(OCR)“ ausführen."

.venv/ready: pyproject.toml constraints.txt $(VIEWER)/package-lock.json
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) torch==2.13.0
	$(INSTALL) --editable .
	@$(MAKE) --no-print-directory viewer
	touch $@

# Exactly what the lock file names, and none of the packages' own scripts is run.
viewer:
	@command -v npm >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq --no-install-recommends npm >/dev/null; } || true
	@{ command -v npm >/dev/null && cd $(VIEWER) && npm ci --ignore-scripts --omit=optional --loglevel=error >/dev/null; } \
	  || echo "pdf.js fehlt (npm oder das Netz fehlt): Der Betrachter zeigt Seiten als Bilder. Nachholen mit „apt-get install npm“ und „make viewer“."

.venv/ready-test: .venv/ready
	$(INSTALL) --editable '.[test]'
	touch $@

lint: .venv/ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready-test
	$(BIN)/mypy

corpus: .venv/ready-test
	$(BIN)/python corpus/sources/build.py
	$(BIN)/python corpus/sources/build.py --queries

# Minutes of computing each: not part of `make test`, which tries a slice of both.
fuzz: setup-test setup
	$(BIN)/change-wissen ingest corpus --kb $(KB)
	$(BIN)/python -m evaluation.contract.fuzz --kb $(KB) --cases $(CASES)

load: setup-test setup
	$(BIN)/change-wissen ingest corpus --kb $(KB)
	$(BIN)/python -m evaluation.load --kb $(KB) --soak $(SOAK)

pages: setup-test setup
	$(BIN)/change-wissen ingest corpus --kb $(KB)
	$(BIN)/python -m evaluation.pages --kb $(KB) --tasks tests/pages/tasks.tsv

clean:
	rm -rf .venv
