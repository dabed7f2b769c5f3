import asyncio

import pytest
from starlette.responses import PlainTextResponse

from search_service.edge import overload
from search_service.edge.overload import Overload
from search_service.problems import BUSY, TOO_SLOW
from tests.search_service.edge.asgi import answer_kind, ask, make_scope


class Work:
    """An application whose answers come when the test says so."""

    def __init__(self):
        self.doors = {}  # path -> event that lets its answer out
        self.at_work = 0
        self.most = 0
        self.done = []

    async def __call__(self, scope, receive, send):
        self.at_work += 1
        self.most = max(self.most, self.at_work)
        try:
            await self.doors.setdefault(scope["path"], asyncio.Event()).wait()
        finally:
            self.at_work -= 1
        self.done.append(scope["path"])
        await PlainTextResponse("da")(scope, receive, send)

    def let_out(self, *paths):
        for path in paths:
            self.doors.setdefault(path, asyncio.Event()).set()


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


def make(work, workers=2, waiting=1, seconds=60.0):
    shed = []
    return Overload(work, workers, waiting, seconds, answer_kind, shed.append), shed


def start(layer, *paths):
    return [asyncio.create_task(ask(layer, make_scope(path))) for path in paths]


def test_two_work_one_waits_and_the_fourth_is_refused_at_once():
    async def scenario():
        work = Work()
        layer, shed = make(work)
        tasks = start(layer, "/a", "/b", "/c")
        await settle()
        refused = await ask(layer, make_scope("/d"))
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        assert shed == [BUSY]
        assert (work.at_work, work.done) == (2, [])
        work.let_out("/a", "/b", "/c", "/e")
        assert [(await task).status for task in tasks] == [200, 200, 200]
        assert work.most == 2
        assert (await ask(layer, make_scope("/e"))).status == 200

    asyncio.run(scenario())


def test_of_fifty_that_arrive_in_one_step_of_the_loop_three_are_let_in():
    async def scenario():
        work = Work()
        layer, _ = make(work)
        tasks = start(layer, *["/a"] * 50)
        await settle()
        work.let_out("/a")
        answers = await asyncio.gather(*tasks)
        assert sorted(answer.status for answer in answers) == [200] * 3 + [503] * 47
        assert work.most == 2

    asyncio.run(scenario())


def test_a_request_that_is_broken_off_before_its_first_step_frees_its_place():
    async def scenario():
        work = Work()
        layer, _ = make(work, workers=1, waiting=0)
        tasks = start(layer, "/a")
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await settle()
        work.let_out("/b")
        assert (await ask(layer, make_scope("/b"))).status == 200

    asyncio.run(scenario())


def test_who_waits_is_let_in_in_turn():
    async def scenario():
        work = Work()
        layer, _ = make(work, workers=1, waiting=5)
        tasks = start(layer, "/a", "/b", "/c")
        await settle()
        work.let_out("/c", "/b", "/a")
        await asyncio.gather(*tasks)
        assert work.done == ["/a", "/b", "/c"]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "path", ["/health", "/api/v1/ready", "/metrics", "/static/x", "/api/v1/documents/d/file", "/api/v1/admin/jobs"]
)
def test_probes_files_and_administration_are_never_shed(path):
    async def scenario():
        work = Work()
        layer, shed = make(work, workers=1, waiting=0)
        tasks = start(layer, "/a")
        await settle()
        work.let_out(path, "/a")
        assert (await ask(layer, make_scope(path))).status == 200
        assert shed == []
        await asyncio.gather(*tasks)

    asyncio.run(scenario())


def test_an_answer_that_takes_too_long_is_given_up_and_keeps_its_place_until_it_ends():
    async def scenario():
        work = Work()
        layer, shed = make(work, workers=1, waiting=0, seconds=0.01)
        refused = await ask(layer, make_scope("/a"))
        assert (refused.status, shed) == (503, [TOO_SLOW])
        assert work.at_work == 1
        assert (await ask(layer, make_scope("/b"))).status == 503
        assert shed == [TOO_SLOW, BUSY]
        work.let_out("/a", "/c")
        await settle()
        assert work.done == ["/a"]
        assert (await ask(layer, make_scope("/c"))).status == 200

    asyncio.run(scenario())


def test_who_waits_too_long_is_given_up_without_any_work():
    async def scenario():
        work = Work()
        layer, shed = make(work, workers=1, waiting=1, seconds=0.01)
        tasks = start(layer, "/a", "/b")
        assert [(await task).status for task in tasks] == [503, 503]
        work.let_out("/a")
        await settle()
        assert work.done == ["/a"]
        assert shed == [TOO_SLOW, TOO_SLOW]

    asyncio.run(scenario())


def test_the_place_is_free_as_soon_as_the_answer_begins():
    async def scenario():
        gate = asyncio.Event()

        async def slow_reader(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            if scope["path"] == "/a":
                await gate.wait()
            await send({"type": "http.response.body", "body": b"da"})

        layer, _ = make(slow_reader, workers=1, waiting=0, seconds=0.05)
        tasks = start(layer, "/a")
        await settle()
        assert (await ask(layer, make_scope("/b"))).status == 200
        await asyncio.sleep(0.1)  # the limit is for the answer to begin, not for reading it
        gate.set()
        assert (await tasks[0]).body == b"da"

    asyncio.run(scenario())


def test_a_crash_passes_and_frees_the_place():
    async def scenario():
        async def crashing(scope, receive, send):
            raise ZeroDivisionError

        layer, _ = make(crashing, workers=1, waiting=0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await ask(layer, make_scope("/a"))

    asyncio.run(scenario())


def test_a_request_that_is_broken_off_frees_its_place():
    async def scenario():
        work = Work()
        layer, _ = make(work, workers=1, waiting=1)
        tasks = start(layer, "/a", "/b")
        await settle()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await settle()
        work.let_out("/c")
        assert (await ask(layer, make_scope("/c"))).status == 200

    asyncio.run(scenario())


def test_only_so_many_files_are_sent_at_once(monkeypatch):
    monkeypatch.setattr(overload, "FILES", 2)

    async def scenario():
        work, path = Work(), "/api/v1/documents/d/file"
        layer, shed = make(work)
        tasks = start(layer, path, path)
        await settle()
        refused = await ask(layer, make_scope(path))
        assert (refused.status, refused.headers["retry-after"], shed) == (503, "1", [BUSY])
        work.let_out(path)
        assert [(await task).status for task in tasks] == [200, 200]
        assert (await ask(layer, make_scope(path))).status == 200

    asyncio.run(scenario())


def test_the_sign_in_of_editors_waits_its_turn_and_their_other_pages_do_not():
    async def scenario():
        work = Work()
        layer, shed = make(work, workers=1, waiting=0)
        tasks = start(layer, "/a")
        await settle()
        assert (await ask(layer, make_scope("/pflege/anmelden"))).status == 503
        work.let_out("/pflege", "/a")
        assert (await ask(layer, make_scope("/pflege"))).status == 200
        assert [(await task).status for task in tasks] == [200]
        assert shed == [BUSY]

    asyncio.run(scenario())
