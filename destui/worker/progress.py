"""Writing how far checks and loads are from one thread, in one transaction for all that has come in meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue

from destui.domain.errors import StoreUnavailable
from destui.store import jobs
from destui.store.engine import Store, Tx
from destui.store.jobs import Work
from destui.worker.outage import Outage

log = logging.getLogger("destui.worker")


@dataclass(frozen=True)
class _Progress:
    work: Work
    about: int | str
    write: Callable[[Tx], None]
    on_fenced: Callable[[], None]


class ProgressWriter:
    """Fifty checks at once would wait for the store's one write lock fifty times; together they wait once."""

    def __init__(self, store: Store, outage: Outage) -> None:
        self._store = store
        self._outage = outage
        self._queue: SimpleQueue[_Progress | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)
        self._thread.start()

    def put(
        self, work: Work, about: int | str, write: Callable[[Tx], None], on_fenced: Callable[[], None]
    ) -> None:  # fmt: skip
        """Have `write` called soon, but of what is said `about` the same step only the newest. `on_fenced` is called
        when the job is no longer this attempt's."""
        self._queue.put(_Progress(work, about, write, on_fenced))

    def close(self) -> None:
        """Write what has come and end."""
        self._queue.put(None)
        self._thread.join(10)

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            newest = {(first.work.job_id, first.about): first}
            while not self._queue.empty():
                following = self._queue.get()
                if following is None:
                    self._queue.put(None)
                    break
                newest[following.work.job_id, following.about] = following
            try:
                self._write(list(newest.values()))
            except StoreUnavailable as error:
                self._outage.found(error)  # the end of the check writes all steps again
            except Exception:
                log.exception("progress not written")

    def _write(self, batch: list[_Progress]) -> None:
        fenced: dict[tuple[str, int], _Progress] = {}
        held: set[tuple[str, int]] = set()
        with self._store.write() as tx:
            for progress in batch:
                work = progress.work
                attempt = (work.job_id, work.attempt)
                if attempt not in held:
                    if attempt in fenced or not jobs.holds(tx, work):
                        fenced[attempt] = progress
                        continue
                    held.add(attempt)
                progress.write(tx)
        for progress in fenced.values():
            progress.on_fenced()
