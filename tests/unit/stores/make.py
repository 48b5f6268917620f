"""`python -m tests.unit.stores.make [FOLDER]`: a store with something of everything in it, by the program of FOLDER.

Run it before the schema changes (or with a checkout of the program before it): what it writes is kept for ever, so that
every later program is known to open it.
"""

from __future__ import annotations

import base64
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.servers.postgres import LOADER_PASSWORD, start

KEY = base64.urlsafe_b64encode(b"0123456789abcdef0123456789abcdef").decode()
SECRETS = {"warehouse": LOADER_PASSWORD, "broken": "wrong 'word' é日"}
"""The passwords of its destinations."""
HERE = Path(__file__).parent


def main() -> None:
    """Make it, and write it beside this file."""
    program = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    with start() as server, tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        environment = {
            "PATH": os.environ["PATH"], "HOME": folder, "DESTUI_HOME": str(home), "DESTUI_KEY": KEY, "TZ": "UTC",
            "DESTUI_SECRETS": "sealed", "DESTUI_USER": "ines.alvarez@acme.test", "PYTHONPATH": str(program),
        }  # fmt: skip

        def destui(*arguments: str, **more: str) -> None:
            command = [sys.executable, "-m", "destui", *arguments]
            subprocess.run(command, env={**environment, **more}, cwd=program, stdout=subprocess.DEVNULL, timeout=90)

        fields = [f"{name}={value}" for name, value in server.fields.items()]
        given = ("--secret", "password=env:PW", "--wait")
        destui("add", "postgres", "warehouse", *fields, "--tag", "prod", *given, PW=LOADER_PASSWORD)
        destui("reauthorize", "warehouse", *given, PW=LOADER_PASSWORD)  # something to roll back to
        destui("add", "postgres", "broken", *fields, *given, PW=SECRETS["broken"])
        destui("add", "simulator", "東京 [b]", "seconds=0", "--tag", "finance", "--tag", "événements", "--wait")
        destui("add", "simulator", "deleted", "seconds=0", "--wait")
        destui("delete", "deleted", "--yes")
        destui("check", "東京 [b]")
        destui("limit", "40")
        destui("contact", "data-platform@acme.test")
        destui("worker", "stop")
        # Asked for, and never begun: no worker can take the lock.
        lock = os.open(f"{home / 'destui.db'}.worker", os.O_RDWR)
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX)
        destui("add", "simulator", "waiting", "seconds=0")
        with sqlite3.connect(home / "destui.db") as store:
            ((revision,),) = store.execute("SELECT version_num FROM alembic_version")
            (HERE / f"{revision}.sql").write_text("\n".join(store.iterdump()) + "\n", encoding="utf-8")
        print(f"written: {HERE / f'{revision}.sql'}")


if __name__ == "__main__":
    main()
