"""Several confined processes side by side, and how a pipeline that goes through its files in order uses them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Generic, Self, TypeVar

from ingest.blocks import Extraction
from ingest.confined import ConfinedExtractor, ConfinedProcess
from ingest.limits import DEFAULT_LIMITS, Limits
from search_service.errors import ChangeWissenError

LOOK_AHEAD = 2  # files a process: one is read while the result of another waits

Item = TypeVar("Item")
Process = TypeVar("Process", bound=ConfinedProcess)
Result = TypeVar("Result")


class ConfinedPool(Generic[Process]):
    """Several confined processes side by side, each fed by a thread of its own. Use as a context manager.

    Safe to use from several threads. A crash, a hang or a bomb costs that file only. Leaving the `with` block ends all
    processes at once.
    """

    def __init__(self, processes: Sequence[Process]) -> None:
        """Start nothing yet: a process starts with the first file it gets."""
        self._processes = processes
        self._idle: SimpleQueue[Process] = SimpleQueue()
        for process in processes:
            self._idle.put(process)
        # A process ends with the thread that started it, so these threads stay as long as the pool.
        self._threads = ThreadPoolExecutor(len(processes), thread_name_prefix="confined")
        self._unfinished: set[Future[Any]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, work: Callable[[Process], Result]) -> Future[Result]:
        """Have `work` done with the next process that is free; the result raises what `work` raises."""
        future = self._threads.submit(self._run, work)
        self._unfinished.add(future)
        future.add_done_callback(self._unfinished.discard)
        return future

    def close(self) -> None:
        """End all processes; what was still to be done is dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        while unfinished := list(self._unfinished):
            for process in self._processes:
                process.kill()
            wait(unfinished, timeout=0.1)  # again, for a process may have been just about to start
        self._threads.shutdown(wait=True)
        for process in self._processes:
            process.close()

    def _run(self, work: Callable[[Process], Result]) -> Result:
        process = self._idle.get()
        try:
            return work(process)
        finally:
            self._idle.put(process)


class ExtractorPool(ConfinedPool[ConfinedExtractor]):
    """Reads files in `processes` confined processes."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS, processes: int = 2, passwords: Sequence[str] = ()) -> None:
        """Take the passwords to try, in this order, on files that do not open without one."""
        super().__init__([ConfinedExtractor(limits, passwords) for _ in range(processes)])

    def submit(self, path: Path) -> Future[Extraction]:
        """Have a file read; the result raises as `ConfinedExtractor.extract` does."""
        return self.run(lambda extractor: extractor.extract(path))

    def extract(self, path: Path) -> Extraction:
        """Read one file now and wait for it; errors as `ConfinedExtractor.extract` raises them."""
        return self.submit(path).result()

    def read_ahead(self, items: Iterable[tuple[Item, Path | None]]) -> Iterator[tuple[Item, Future[Extraction] | None]]:
        """Yield every item in order with its reading, while the files of the next items are read already.

        An item comes with the file to read for it, or None if it needs none; then its reading is None, too. `items` is
        drawn in the caller's thread, at most `LOOK_AHEAD` items a process ahead of what the caller has taken: that is
        where to decide whether a file needs reading at all, and no more results than that wait in memory. A reading that
        is never asked for its result is harmless.
        """
        waiting: deque[tuple[Item, Future[Extraction] | None]] = deque()
        try:
            for item, path in items:
                waiting.append((item, None if path is None else self.submit(path)))
                while waiting and (waiting[0][1] is None or len(waiting) > LOOK_AHEAD * len(self._processes)):
                    yield waiting.popleft()
            while waiting:
                yield waiting.popleft()
        finally:
            for _, left in waiting:
                if left is not None:
                    left.cancel()

    def extract_all(self, paths: Iterable[Path]) -> Iterator[tuple[Path, Extraction | ChangeWissenError]]:
        """Yield what each file gives, or why it gives nothing, in the order offered."""
        for path, reading in self.read_ahead((path, path) for path in paths):
            if reading is None:  # every item here has a file
                continue
            try:
                yield path, reading.result()
            except ChangeWissenError as error:
                yield path, error
