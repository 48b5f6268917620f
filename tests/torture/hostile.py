"""Hostile input: nasty texts in every place that takes one, by command line, by keys and in servers' errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from destui.store import rows, settings
from tests.fixtures import REPOSITORY, Home
from tests.servers.postgres import LOADER_PASSWORD, SCHEMA
from tests.torture import nasty
from tests.torture.actors import Watched, paste
from tests.torture.crew import Crew
from tests.torture.ground import POSTGRESQL, Ground, session
from tests.torture.nasty import GROUP, groups, passes

SIZE = (120, 36)
TEXTS_A_KILL = 10
"""How many texts there are for each kill of a campaign: 10,000 at size 1,000, in each kind of store."""
SHARES = {"commands": 0.6, "keys": 0.25, "errors": 0.15}
PLAIN = "hostile"
_FUNCTION = """
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $f$
DECLARE t text := (SELECT it FROM public.said);
BEGIN RAISE EXCEPTION USING MESSAGE = t, HINT = t, DETAIL = t; END $f$
"""


def run(ground: Ground, stores: Sequence[str]) -> None:
    """Nasty texts as names, emails, tags, fields, URLs and messages: no crash, no raw escape, all can be deleted"""
    for store in stores:
        texts = nasty.texts(ground.size * TEXTS_A_KILL, ground.seed)
        ground.random("hostile", store).shuffle(texts)
        with ground.home(store) as home, Crew(home, 1 if store == POSTGRESQL else 0):
            with session(home.config) as ctx, ctx.store.write() as tx:
                settings.write(tx, "limit", "1000000")
            given = iter(texts)
            for way, share in SHARES.items():
                taken = list(islice(given, round(len(texts) * share)))
                ground.tally.count(f"nasty texts by {way}", len(taken))
                WAYS[way](ground, home, taken)
            _all_can_be_deleted(ground, home)


def _by_commands(ground: Ground, home: Home, texts: Sequence[str]) -> None:
    with _commands(ground, home, texts):
        pass


@contextmanager
def _commands(ground: Ground, home: Home, texts: Sequence[str], **more: object) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own whose forks are the commands, until it has ended; what it counts and finds is added."""
    order = ground.folder / "order.json"
    order.write_text(
        json.dumps(
            {"environment": home.environment, "texts": texts, "folder": str(ground.folder), "seed": ground.seed, **more}
        )
    )
    said, errors = ground.folder / "commands.said", ground.folder / "commands.errors"
    with order.open("rb") as given, said.open("wb") as output, errors.open("wb") as wrong:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.hostile_commands"], cwd=REPOSITORY, env=home.environment,
            stdin=given, stdout=output, stderr=wrong,
        )  # fmt: skip
        yield process
        process.wait()
    if ground.tally.expect(process.returncode == 0, f"the campaign itself failed: {errors.read_text()[-2000:]}"):
        result = json.loads(said.read_text().splitlines()[-1])
        ground.tally.add(result["done"], result["found"])


def _by_keys(ground: Ground, home: Home, texts: Sequence[str]) -> None:
    """Pasted into the forms, the filter, the dialog of types and that of deletion."""
    email = next((text for text in texts if text and passes(text)), "nobody")
    for start in range(0, len(texts), 40 * GROUP):  # a new interface now and then, so that its start is met too
        terminal = Watched(home.command(), {**home.environment, "DESTUI_USER": email}, SIZE)
        terminal.sees("Add destination")
        for group in groups(texts[start : start + 40 * GROUP]):
            _fill(ground, terminal, group)
            if not terminal.is_alive:
                ground.tally.wrong(f"the interface ended at {group!r}:\n{terminal.output[-1500:]!r}")
                break
        _ensure_plain(ground, terminal.output, "the interface")
        terminal.end()


def _fill(ground: Ground, terminal: Watched, group: list[str]) -> None:
    """One form filled in, tried to be saved, and left; then the filter."""
    name, path, tag, more, wanted = (paste(text.encode("utf-8", "replace").decode()) for text in group)
    if not ground.tally.expect(_at_the_list(terminal), f"no way back to the list at {group!r}:\n{terminal.text}"):
        return
    terminal.send(b"a")
    terminal.sees("type to narrow", seconds=5)
    terminal.send(b"sqlite\r")
    terminal.sees("ctrl+s", seconds=5)
    terminal.send(name + b"\t" + tag + b"\t" + path + b"\x13")
    terminal.settle(0.3, 2)
    terminal.send(more)
    if ground.tally.expect(_at_the_list(terminal), f"no way back to the list at {group!r}:\n{terminal.text}"):
        terminal.send(b"/" + wanted + b"\r")
        terminal.settle(0.3, 2)
        terminal.send(b" ")
        terminal.settle(0.05, 1)


def _at_the_list(terminal: Watched) -> bool:
    ends_at = terminal.now + 30
    while terminal.now < ends_at:
        if terminal.shows("Discard what you typed"):
            terminal.send(b"\t\r")
        elif terminal.shows("Add destination") and terminal.shows("quit", "Quit", "? Help") and _is_bare(terminal):
            return True
        else:
            terminal.send(b"\x1b")
        terminal.settle(0.15, 2)
    return False


def _is_bare(terminal: Watched) -> bool:
    """The list alone, without dialog, filter or form over it."""
    return not terminal.shows("escape", "esc ")


def _in_errors(ground: Ground, home: Home, texts: Sequence[str]) -> None:
    """A trigger of a real server raises them; an interface with the details open looks on."""
    name = f"hostile_{os.getpid()}_{len(ground.tally.done)}"
    server = ground.postgres
    server.run(f"CREATE DATABASE {name}", database="postgres")
    with server.connect(name) as connection:
        connection.execute(f"CREATE SCHEMA {SCHEMA}; GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO loader".encode())
        connection.execute(b"CREATE TABLE public.said (it text); GRANT SELECT ON public.said TO loader")
        connection.execute(_FUNCTION.encode())
        connection.execute(b"CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION refuse()")
    fields = [f"{key}={value}" for key, value in {**server.fields, "database": name}.items()]
    home.ok("add", "postgres", PLAIN, *fields, "--secret", "password=env:PW", PW=LOADER_PASSWORD)
    terminal = Watched(home.command("--filter", PLAIN), home.environment, SIZE)
    terminal.sees("1 of")
    terminal.send(b" ")
    with _commands(ground, home, texts, plain=PLAIN, server=server.connection_words(name)) as process:
        while process.poll() is None:
            terminal.send(b"y")
            terminal.settle(0.02, 0.5)
            if not ground.tally.expect(terminal.is_alive, "the interface ended"):
                break
    _ensure_plain(ground, terminal.output, "the interface")
    terminal.end()


WAYS = {"commands": _by_commands, "keys": _by_keys, "errors": _in_errors}


def _ensure_plain(ground: Ground, output: bytes, where: str) -> None:
    found = nasty.raw(output)
    ground.tally.expect(not found, f"raw in {where[:300]}: {found[:3]}")
    ground.tally.count("bytes searched for raw escapes", len(output))


def _all_can_be_deleted(ground: Ground, home: Home) -> None:
    """What was added goes again, the first of it by keys, the rest by its name on the command line."""
    with session(home.config) as ctx:
        left = rows.counts(ctx.store).total
        ground.tally.count("rows with nasty texts", left)
        terminal = Watched(home.command(), home.environment, SIZE)
        terminal.sees("Add destination")
        for _ in range(min(left, 20)):
            terminal.send(b"d")
            terminal.sees("Cancel")
            terminal.send(b"\x1b[Z\r")
            terminal.sees("Cancel", gone=True)
            terminal.settle(0.1)
        by_keys = left - rows.counts(ctx.store).total
        ground.tally.expect(by_keys == min(left, 20), f"only {by_keys} were deleted by keys:\n{terminal.text}")
        _ensure_plain(ground, terminal.output, "the interface")
        terminal.end()
        names = [d["name"] for d in json.loads(home.ok("list", "--json"))]
        for name in names:
            done = home.run("delete", "--yes", "--", name)
            ground.tally.expect(done.returncode == 0, f"{name!r} is not deleted: {done.stderr}")
        left = rows.counts(ctx.store).total
        ground.tally.expect(left == 0, f"{left} rows cannot be deleted again")
        ground.tally.count("rows deleted again", len(names) + by_keys)
