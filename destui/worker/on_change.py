"""The command of the user's choosing that is told of a change of status: run without a shell, details on its input."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from json import dumps
from pathlib import Path
from typing import Any

from destui.domain.announcement import StatusChange
from destui.domain.safe import visible
from destui.store import announcing, settings
from destui.store.engine import Store

log = logging.getLogger("destui.worker")

SECONDS = 30.0
"""How long the command may take."""
_PASSED = (
    "HOME", "PATH", "LANG", "TZ", "USER", "LOGNAME", "TMPDIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME",
    "DESTUI_HOME",
)  # fmt: skip
"""What it gets of the environment: nothing that may hold a secret, such as a store's URL."""
_MOST_SAID = 200
"""Characters of its last words that are kept."""


def run(command: Sequence[str], document: Mapping[str, Any], environment: Mapping[str, str], seconds: float) -> str:
    """Run the command with the document as JSON on its standard input; returns why it failed, as a sentence, or ''.

    After `seconds` it is killed, with all that it has started in its session. Its last words go to the log alone.
    """
    program, *arguments = command
    program = str(Path(program).expanduser())
    env = {name: value for name, value in environment.items() if name in _PASSED}
    # Files, not pipes: a command may leave its input unread, or start something that keeps them open.
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as said:
        told.write(dumps(document, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        told.seek(0)
        try:
            process = subprocess.Popen(
                [program, *arguments], stdin=told, stdout=subprocess.DEVNULL, stderr=said, env=env, cwd="/",
                start_new_session=True,
            )  # fmt: skip
        except (OSError, ValueError) as error:
            return f"{visible(program)} cannot be run: {getattr(error, 'strerror', None) or error}."
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return f"{visible(program)} did not end within {seconds:g} s and was killed."
        if code == 0:
            return ""
        said.seek(0)
        log.warning("on_change said: %s", _last_line(said.read().decode("utf-8", "replace")) or "nothing")
        return f"{visible(program)} ended with {f'exit code {code}' if code > 0 else f'signal {-code}'}."


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return visible(lines[-1].strip())[:_MOST_SAID] if lines else ""


def tell(change: StatusChange, command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Tell the command of a change; returns what is to be told where that failed, or ''."""
    trouble = run(command, change.document(), environment, SECONDS)
    if not trouble:
        log.info("on_change told destination=%s check=%s", change.id, change.check_id)
        return ""
    log.warning("on_change failed destination=%s check=%s: %s", change.id, change.check_id, trouble)
    return f"Of {visible(change.name)} on {change.at:%Y-%m-%d %H:%M} UTC: {trouble}"


def keep_trouble(store: Store, host: str, trouble: str) -> None:
    """Keep why the command failed the last time where `doctor` sees it; '': it did not. Raises StoreUnavailable."""
    _keep(store, announcing.trouble_key(host), trouble)


def register(store: Store, host: str, command: Sequence[str]) -> None:
    """Note in the store whether this host's workers have a command, so that changes are queued for it."""
    _keep(store, announcing.wanted_key(host), "1" if command else "")
    if not command:
        keep_trouble(store, host, "")


def _keep(store: Store, key: str, value: str) -> None:
    if (settings.read(store, key) or "") != value:
        with store.write() as tx:
            settings.write(tx, key, value or None)
