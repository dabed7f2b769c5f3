"""A new generation while the service answers: loaded beside the event loop, and noticed by who only asks whether it is new."""

import asyncio
import threading

import httpx
import pytest

from search_service.api import create_app
from search_service.edge.freshness import LOOK_SECONDS
from search_service.knowledge_base import store
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.searcher import Searcher
from tests.search_service.hand_made import put

QUESTION = "/api/v1/search?q=Stand"


class SlowLoad:
    """Loads generations as the product does, once the test lets it."""

    def __init__(self):
        self.load, self.begun, self.door = store.load_newest_sound, threading.Event(), threading.Event()

    def __call__(self, root):
        self.begun.set()
        assert self.door.wait(10)
        return self.load(root)


@pytest.fixture
def knowledge_base(tmp_path):
    with KnowledgeBase(tmp_path / "kb") as knowledge_base:
        put(knowledge_base, "a", ["Stand 1"])
        knowledge_base.publish()
        yield knowledge_base


def talk(root, scenario):
    """Run `scenario` with a client of a service over the knowledge base in `root`, on one event loop with it."""

    async def run():
        transport = httpx.ASGITransport(create_app(Searcher(Reader(root))))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            await scenario(client)

    asyncio.run(run())


def test_while_a_new_generation_is_loaded_the_service_goes_on_answering(knowledge_base, monkeypatch):
    async def scenario(client):
        etag = (await client.get(QUESTION)).headers["etag"]
        put(knowledge_base, "a", ["Stand 2"])
        knowledge_base.publish()
        slow = SlowLoad()
        monkeypatch.setattr(store, "load_newest_sound", slow)
        await asyncio.sleep(LOOK_SECONDS)
        first = asyncio.create_task(client.get(QUESTION, headers={"if-none-match": etag}))
        assert await asyncio.to_thread(slow.begun.wait, 10)
        assert (await asyncio.wait_for(client.get("/health"), 5)).status_code == 200
        assert (await client.get(QUESTION)).json()["index"]["generation"] == 1
        assert (await client.get(QUESTION, headers={"if-none-match": etag})).status_code == 304
        slow.door.set()
        assert (await first).json()["index"]["generation"] == 2

    talk(knowledge_base.root, scenario)


def test_a_publication_is_noticed_where_all_answers_are_304(knowledge_base):
    async def scenario(client):
        known = (await client.get(QUESTION)).headers["etag"]
        for number in (2, 3):
            put(knowledge_base, "a", [f"Stand {number}"])
            knowledge_base.publish()
            await asyncio.sleep(LOOK_SECONDS)
            changed = await client.get(QUESTION, headers={"if-none-match": known})
            assert (changed.status_code, changed.json()["index"]["generation"]) == (200, number)
            known = (await client.get(QUESTION)).headers["etag"]
            assert (await client.get(QUESTION, headers={"if-none-match": known})).status_code == 304

    talk(knowledge_base.root, scenario)


def test_another_knowledge_base_has_other_answers_though_its_generation_has_the_same_number(tmp_path):
    etags, query_ids = set(), set()

    async def scenario(client):
        answer = await client.get(QUESTION)
        assert answer.json()["index"]["generation"] == 1
        etags.add(answer.headers["etag"])
        query_ids.add(answer.json()["query_id"])

    for name in ("a", "b"):
        with KnowledgeBase(tmp_path / name) as knowledge_base:
            put(knowledge_base, "a", ["Stand 1"])
            knowledge_base.publish()
        talk(tmp_path / name, scenario)
        talk(tmp_path / name, scenario)  # started anew
    assert (len(etags), len(query_ids)) == (2, 2)
