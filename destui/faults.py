"""Where a fault of the program itself is written down: its trace, without local variables, which may hold secrets."""

from __future__ import annotations

import os
import traceback
from datetime import datetime
from pathlib import Path

from destui.config import Config
from destui.domain.errors import DestuiError
from destui.log_file import open_log


def record(config: Config, error: BaseException, now: datetime, name: str = "interface.log") -> Path | None:
    """Append the trace to a log, for this user alone; None where it cannot be written."""
    path = config.logs / name
    trace = "".join(traceback.format_exception(error))
    try:
        config.prepare()
        with os.fdopen(open_log(path), "a", encoding="utf-8") as log:
            log.write(f"{now.isoformat()}\n{trace}\n")
    except (OSError, DestuiError):
        return None
    return path
