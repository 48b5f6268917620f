"""Where a fault of the program itself is written down: its trace, without local variables, which may hold secrets, and
without those that the process holds, which an exception may quote."""

from __future__ import annotations

import os
import traceback
from datetime import datetime
from json import dumps
from pathlib import Path
from urllib.parse import quote

from destui.config import Config
from destui.domain.errors import DestuiError
from destui.domain.secret import SHORTEST, living
from destui.log_file import open_log


def record(config: Config, error: BaseException, now: datetime, name: str = "interface.log") -> Path | None:
    """Append the trace to a log, for this user alone; None where it cannot be written."""
    path = config.logs / name
    trace = without_secrets("".join(traceback.format_exception(error)))
    try:
        config.prepare()
        with os.fdopen(open_log(path), "a", encoding="utf-8") as log:
            log.write(f"{now.isoformat()}\n{trace}\n")
    except (OSError, DestuiError):
        return None
    return path


def without_secrets(text: str) -> str:
    """The text with a mask for every secret that this process holds, as it is or as it is usually quoted, and for what
    looks like one."""
    from destui.connectors.masking import MASK, mask

    texts = sorted({secret.reveal() for secret in living()}, key=len, reverse=True)
    for secret in (found for found in texts if len(found) >= SHORTEST):
        for form in {secret, repr(secret)[1:-1], dumps(secret)[1:-1], quote(secret), quote(secret, safe="")}:
            text = text.replace(form, MASK)
    return mask(text)
