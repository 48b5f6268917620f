"""Following checks to their end."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from destui.domain.check import Check
from destui.services.changes import Watch
from destui.services.context import Context
from destui.store import reading


def follow(ctx: Context, check_ids: Iterable[str], timeout: float | None = None) -> Iterator[Check]:
    """Yield each check as it is now and whenever it changes, until all have ended.

    `timeout` in seconds for all together; then it simply stops, with some still open. Raises StoreUnavailable.
    """
    end = None if timeout is None else time.monotonic() + timeout
    watch = Watch(ctx)
    seen: dict[str, Check] = {}
    left = set(check_ids)
    try:
        while left:
            for identity, check in reading.checks_by_id(ctx.store, sorted(left)).items():
                if seen.get(identity) != check:
                    seen[identity] = check
                    yield check
                if not check.state.is_open:
                    left.discard(identity)
            rest = 1.0 if end is None else end - time.monotonic()
            if left and rest <= 0:
                return
            if left and not watch.wait(min(rest, 1.0)):
                ctx.mend_worker()  # nothing moves: perhaps nobody is there to do it
    finally:
        watch.close()
