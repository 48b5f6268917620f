"""What the worker says: one line an event, with its time and level, whatever the text; never a secret."""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from destui.domain.safe import visible
from destui.log_file import TIME, Output

MOST = 4_000
"""Characters of a line."""
_FRAMES = 12
_HIDDEN = "…"

log = logging.getLogger("destui.worker")


class OneLine(logging.Formatter):
    """`TIME LEVEL words`, in UTC. A fault is told by class, words and places; `secrets` are left out of any text."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        super().__init__()
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        """See logging."""
        is_ours = record.name.startswith("destui")
        words = record.getMessage()
        said = words if is_ours else words.strip().partition("\n")[0]
        if record.exc_info and (error := record.exc_info[1]) is not None:
            # Others bring traces of what is no fault of this program.
            said += f": {_told(error)}{f' [{_places(error)}]' if is_ours else ''}"
        for secret in self._secrets:
            said = said.replace(secret, _HIDDEN)
        return f"{time.strftime(TIME, time.gmtime(record.created))} {record.levelname} {visible(said)[:MOST]}"


def _told(error: BaseException) -> str:
    words = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _places(error: BaseException) -> str:
    """Where it came from, the innermost last; of what it followed, only the class: its words may say anything."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    before = error.__cause__ or error.__context__
    return places if before is None else f"{places}; after {type(before).__name__}"


class Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to standard error, and sees after each line whether the file that it is has become full."""

    def __init__(self, output: Output, secrets: Sequence[str] = ()) -> None:
        super().__init__(sys.stderr)
        self._output = output
        self.setFormatter(OneLine(secrets))

    def emit(self, record: logging.LogRecord) -> None:
        """See logging."""
        self._output.look()
        super().emit(record)


def begin(path: Path, secrets: Sequence[str] = ()) -> None:
    """Have all that this process says come as lines on standard error; `path` is the log, which that may be."""
    handler = Handler(Output(path), secrets)
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    for noisy in ("sqlalchemy", "alembic", "keyring"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    engine = logging.getLogger("dbos")
    engine.addHandler(handler)  # the engine brings one of its own to a logger that has none
    engine.propagate = False
    logging.captureWarnings(True)
    sys.excepthook = _ended
    threading.excepthook = lambda fault: _ended(fault.exc_type, fault.exc_value, fault.exc_traceback, fault.thread)


def _ended(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None,
    thread: threading.Thread | None = None,
) -> None:  # fmt: skip
    if kind is not SystemExit:
        what = f"thread {thread.name}" if thread else "the worker"
        log.error("%s ended by a fault", what, exc_info=(kind, error or kind(), trace))
