"""Whether this process stood still: stopped (SIGSTOP, a frozen container) or starved for seconds. What runs into a
deadline meanwhile says nothing of a server."""

from __future__ import annotations

import threading
import time

TICK_SECONDS = 1.0
LONGEST_SECONDS = 4.0
"""A tick that is later than this was kept from coming."""


class Standstill:
    """Notes in a thread of its own when the last one ended."""

    def __init__(self) -> None:
        self._ticked = time.monotonic()
        self._ended = float("-inf")

    def watch(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._tick, name="standstill", daemon=True).start()

    def since(self, moment: float) -> bool:
        """Whether it stood still at any time after `moment` (of the monotonic clock), or does as far as is known."""
        now = time.monotonic()
        return self._ended > moment or now - self._ticked > LONGEST_SECONDS

    def _tick(self) -> None:
        while True:
            time.sleep(TICK_SECONDS)
            now = time.monotonic()
            if now - self._ticked > LONGEST_SECONDS:
                self._ended = now
            self._ticked = now
