"""The examples of the OpenAPI document asked on a small library: `python -m tests.portal.examples` records their answers."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from httpx import Response
from starlette.testclient import TestClient

from search_service.knowledge_base.store import KnowledgeBase
from search_service.openapi_examples import EXAMPLES, load_examples
from tests.portal.conftest import build_service
from tests.search_service.small_library import LEAFLETS, TEXT_FILE

WITHDRAWN = f"d{LEAFLETS + 4:016x}"  # the last leaflet
LONGEST_LIST = 2  # of an answer in the document; the rest shows nothing new
FORM = "multipart/form-data"


class Examples:
    """A running service with one document withdrawn and one job, that is asked the examples."""

    def __init__(self, client: TestClient, document: Mapping[str, Any]) -> None:
        self.client = client
        self.document = document
        self.examples = load_examples()
        self.operations = {
            operation["operationId"]: (method, path, operation)
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
        }
        self._job_id = client.post("/api/v1/admin/reindex").json()["id"]

    def ask(self, name: str) -> Response:
        """Return the answer to the example of an operation; the job is one that exists."""
        method, path, operation = self.operations[name]
        example = self.examples[name]
        address = path.format(**{**example.get("path", {}), "job_id": self._job_id})
        asked: dict[str, Any] = {"params": example.get("query", {})}
        if FORM in operation.get("requestBody", {}).get("content", {}):
            asked["files"] = {"file": ("schichtbuch.txt", TEXT_FILE.encode())}
            asked["data"] = {"metadata": json.dumps(example["body"]["metadata"])}
        elif "body" in example:
            asked["json"] = example["body"]
        return self.client.request(method, address, **asked)


@contextmanager
def open_examples(root: Path) -> Iterator[Examples]:
    managed = build_service(root)
    with KnowledgeBase(root / "kb") as knowledge_base:
        knowledge_base.withdraw(WITHDRAWN, "Die Regel gilt nicht mehr.")
        knowledge_base.publish()
    with TestClient(managed.app, headers={"X-API-Key": managed.key}) as client:
        yield Examples(client, managed.app.openapi())


def read_answer(response: Response) -> Any:
    """Return what an example shows of an answer: data, or text; None for what is neither."""
    media_type = response.headers["content-type"].partition(";")[0]
    if media_type.endswith("json"):
        return response.json()
    return response.text if media_type.startswith("text/") or media_type.endswith("xml") else None


def shorten(value: Any) -> Any:
    """Return `value` with the beginnings of its lists."""
    if isinstance(value, list):
        return [shorten(each) for each in value[:LONGEST_LIST]]
    return {name: shorten(each) for name, each in value.items()} if isinstance(value, dict) else value


def main() -> None:
    """Ask every example and write its answer beside it."""
    with tempfile.TemporaryDirectory() as folder, open_examples(Path(folder)) as examples:
        for name in examples.examples:
            response = examples.ask(name)
            answer = shorten(read_answer(response)) if response.is_success else None
            print(f"{response.status_code} {name}")
            examples.examples[name].pop("answer", None)
            if answer is not None:
                examples.examples[name]["answer"] = answer
    EXAMPLES.write_text(json.dumps(examples.examples, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
