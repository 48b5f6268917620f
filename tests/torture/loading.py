"""Load runs with the planted secret, into and out of a real server; the run's process is searched while it works."""

from __future__ import annotations

from pathlib import Path

from tests.fixtures import Home
from tests.planted import PLANTED
from tests.servers.postgres import DATABASE, SCHEMA
from tests.torture.ground import Ground, within

ROWS = 200
TABLE = "loaded_with_a_secret"
WAIT = ("--wait", "60")
RUNNER = b"destui.loads.runner"


def run(ground: Ground, home: Home, folder: Path) -> None:
    """A file into a table, the table into another; and a run that waits for a lock, so that it can be looked at."""
    file = folder / "rows.csv"
    file.write_text("n,t\n" + "".join(f"{n},row {n}\n" for n in range(ROWS)))
    table = f"{TABLE}_{home.path.name.replace('-', '_')}"
    fields = [f"{name}={value}" for name, value in ground.account.items()]
    _ok(ground, home, "add", "postgres", "target", *fields, "--secret", "password=env:PW", *WAIT, PW=PLANTED)
    _ok(ground, home, "load", "add", "from a file", "target", table, str(file), "--run", *WAIT)
    _ok(ground, home, "load", "add", "from a table", "target", f"{table}_2", f"target:{table}", "--run", *WAIT)
    _held(ground, home, table)
    for words in (("load", "list"), ("load", "show", "from a file", "--json"), ("events",), ("export",)):
        _ok(ground, home, *words)


def _held(ground: Ground, home: Home, table: str) -> None:
    with ground.postgres.connect(DATABASE) as other:
        other.execute("BEGIN")
        other.execute(f"LOCK TABLE {SCHEMA}.{table} IN ACCESS EXCLUSIVE MODE".encode())
        _ok(ground, home, "load", "run", "from a file")
        found = within(30, lambda: runners(home) and _waits(ground, table))
        ground.tally.expect(found, "no run came to wait for the lock of its table")
        ground.search_processes(*runners(home))
        for file in (home.path / "runs").rglob("*"):
            if file.is_file():
                ground.search(f"{file.name}, which a run has put aside", file.read_bytes())
        ground.tally.count("load runs searched at work", len(runners(home)))
        other.execute("ROLLBACK")
    _ok(ground, home, "load", "run", "from a table", *WAIT)
    done = within(60, lambda: _rows(ground, table) == 2 * ROWS, 0.2)
    ground.tally.expect(done, f"{_rows(ground, table)} rows were loaded, of two times {ROWS}")


def _rows(ground: Ground, table: str) -> int:
    return int(ground.postgres.run(f"SELECT count(*) FROM {SCHEMA}.{table}")[0][0])


def runners(home: Home) -> list[int]:
    """The processes of this home's load runs."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
        except OSError:
            continue
        if RUNNER in words[0] and str(home.path).encode() in words[1]:
            found.append(int(entry.name))
    return found


def _waits(ground: Ground, table: str) -> bool:
    waiting = f"SELECT 1 FROM pg_locks WHERE NOT granted AND relation = '{SCHEMA}.{table}'::regclass"
    return bool(ground.postgres.run(waiting))


def _ok(ground: Ground, home: Home, *words: str, **more: str) -> None:
    done = home.run(*words, **more)
    said = done.stdout + done.stderr
    ground.tally.expect(done.returncode == 0, f"{words[:3]} ended with {done.returncode}: {said[-500:]}")
    ground.search(f"what {words[0]} said", said.encode())
