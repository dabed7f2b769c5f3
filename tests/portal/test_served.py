"""The service as a process of its own."""

from __future__ import annotations

import os

import pytest

from evaluation.served import ServiceFailed, read_json, serve
from tests.search_service.small_library import DOCUMENTS, build_library

WITHOUT_MODEL = {"CHANGE_WISSEN_MODEL": "gibt-es-nicht", "CHANGE_WISSEN_LOG": "off"}


def test_the_service_runs_while_it_is_used_and_no_longer(tmp_path):
    build_library(tmp_path)
    with serve(tmp_path / "kb", WITHOUT_MODEL, model_seconds=0) as served:
        ready = read_json(f"{served.address}/api/v1/ready")
        assert (ready["lexical"], ready["semantic"], ready["documents"]) == (True, False, DOCUMENTS)
        os.kill(served.process_id, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(served.process_id, 0)
    with pytest.raises(OSError):
        read_json(f"{served.address}/api/v1/ready")


def test_a_service_that_does_not_start_is_said_to_fail(tmp_path):
    with pytest.raises(ServiceFailed, match="startet nicht"), serve(tmp_path / "nirgends", WITHOUT_MODEL):
        pass
