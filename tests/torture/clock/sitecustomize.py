"""Loaded by every Python that has this folder on its path: the clock of this host is set, by so many seconds as the
file DESTUI_TEST_CLOCK says. What counts the time that passes (monotonic) is left alone, as by a clock that is set.

libfaketime would be the natural way; it makes `time.sleep` fail where the offset is not zero.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

_file = Path(os.environ["DESTUI_TEST_CLOCK"])
_time, _time_ns = time.time, time.time_ns


def _offset() -> int:
    return int(_file.read_text())


time.time = lambda: _time() + _offset()
time.time_ns = lambda: _time_ns() + _offset() * 1_000_000_000
