"""Where a worker's log is: the file of this host where a command started it, otherwise what whoever started it made of
its standard error."""

from __future__ import annotations

from pathlib import Path

from destui.config import Config
from destui.domain.event import WorkerInfo
from destui.worker.launch import birth

UNIT = "destui-worker"
"""The service of docs/destui-worker.service."""


def log_of(config: Config, worker: WorkerInfo) -> str:
    """The file, or in words where what this worker says can be read."""
    elsewhere = f"the terminal that it runs in, or its service's journal: journalctl --user -u {UNIT}"
    if worker.host != config.host:
        return f"on {worker.host}: {elsewhere}"
    if not worker.birth or birth(worker.pid) != worker.birth:
        return f"{config.worker_log}, where a command started it; otherwise {elsewhere}"
    try:
        into = str(Path(f"/proc/{worker.pid}/fd/2").readlink())
        groups = Path(f"/proc/{worker.pid}/cgroup").read_text()
    except OSError:  # another user's, or a system that does not tell
        return f"{config.worker_log}, where a command started it; otherwise {elsewhere}"
    if into.startswith(("/dev/pts/", "/dev/tty")):
        return f"the terminal that it runs in, {into}"
    if into == "/dev/null":
        return "nowhere: its standard error is /dev/null"
    if into.startswith("/"):
        return into
    return journal(groups) or "its standard error, which is a pipe to whoever started it"


def journal(groups: str) -> str:
    """The command that shows the journal of the service whose process is in these control groups; empty when it is of
    none."""
    for line in groups.splitlines():
        names = [name for name in line.rpartition(":")[2].split("/") if name.endswith(".service")]
        own = [name for name in names if not name.startswith("user@")]
        if own:
            user = "--user " if len(own) < len(names) else ""
            return f"the journal: journalctl {user}-u {own[-1].removesuffix('.service')}"
    return ""
