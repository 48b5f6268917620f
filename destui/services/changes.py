"""What other sessions do, as it happens."""

from __future__ import annotations

from destui.domain.event import Change
from destui.services.context import Context
from destui.store import changes

INTERVAL = 0.05
"""Seconds between two looks at an embedded store: a session sees another's change within this and a read."""

LOCKED = 3.0
"""Seconds that a store must be locked, with nothing written, to count as one that cannot be written."""


class Watch:
    """Waits for changes of the store made after it was made. One thread waits; any may close.

    An `all` among the entities: so much was missed that everything must be read again.
    """

    def __init__(self, ctx: Context) -> None:
        self._store = ctx.store
        self._signal = changes.signal(ctx.store, INTERVAL)
        self._seen = changes.last(ctx.store)

    def wait(self, timeout: float) -> list[Change]:
        """The changes since the last call, waiting up to `timeout` seconds for the first; [] when there are none.

        Raises StoreUnavailable; the next call tries again and misses nothing.
        """
        if not self._signal.wait(timeout):
            return []
        found = changes.since(self._store, self._seen)
        if found:
            self._seen = found[-1].seq
        return found

    def has_become_unwritable(self) -> bool:
        """Whether an embedded store can be read and no longer written; a look of up to `LOCKED` seconds, which writes
        only where it seems so. Raises StoreUnavailable where it cannot be read."""
        return self._store.seems_unwritable(LOCKED) and self._store.why_unwritable() is not None

    def why_unwritable(self) -> str | None:
        """Why an embedded store can be read and not written now, as a sentence; None otherwise. Raises StoreUnavailable
        where it cannot be read."""
        return self._store.why_unwritable()

    def close(self) -> None:
        """End a waiting `wait`."""
        self._signal.close()
