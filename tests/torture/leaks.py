"""Planted secrets in every secret field, passed in every way and used by every action: found nowhere afterwards."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from destui.config import load_config
from destui.connectors import registry
from destui.domain.fields import TypeSpec
from tests.fixtures import Home
from tests.planted import LINE, PLANTED
from tests.torture import loading
from tests.torture.actors import Watched, paste
from tests.torture.crew import Crew, living
from tests.torture.ground import POSTGRESQL, Ground, session

SIZE = (120, 36)
WAIT = ("--wait", "60")
CLOSED = {"host": "127.0.0.1", "port": "1", "database": "d", "user": "u", "tls": "off"}


def run(ground: Ground, stores: Sequence[str]) -> None:
    """Planted secrets passed in every way, used by every action, and searched for everywhere"""
    for store in stores:
        keyring = {} if store == POSTGRESQL else ground.keyring.session
        with ground.home(store, **keyring) as home, Crew(home, 1 if store == POSTGRESQL else 0):
            folder = ground.folder / f"given-{store}"
            folder.mkdir()
            _by_command(ground, home, folder)
            _in_every_field(ground, home, folder)
            _by_keys(ground, home)
            _in_a_crash(ground, home)
            loading.run(ground, home, folder)
            _in_words(ground, home)
            with session(home.config) as ctx:
                ground.search_processes(*living(ctx))
            _by_the_vault(ground, home, store)


@dataclass(frozen=True)
class Way:
    """A way of passing a secret by reference: arguments, standard input, variables."""

    name: str = "nothing"
    arguments: tuple[str, ...] = ()
    stdin: str = ""
    variables: dict[str, str] = field(default_factory=dict)


def _ways(folder: Path, secret: str, name: str) -> Iterator[Way]:
    file = folder / f"secret-{len(secret)}"
    file.write_text(secret)
    yield Way("env:", ("--secret", f"{name}=env:PW"), variables={"PW": secret})
    yield Way("file:", ("--secret", f"{name}=file:{file}"))
    yield Way("stdin", ("--secret", f"{name}=stdin"), stdin=secret)


def _do(ground: Ground, home: Home, *arguments: str, way: Way = Way(), code: int | None = 0) -> None:
    done, said = _watched(ground, home, [*arguments, *way.arguments], way)
    right = code is None or done == code
    ground.tally.expect(right, f"{arguments[:3]} ended with {done}: {said[-500:].decode(errors='replace')}")
    ground.search(f"what {arguments[0]} said", said)
    ground.tally.count("commands with a planted secret")


def _watched(ground: Ground, home: Home, words: list[str], way: Way) -> tuple[int, bytes]:
    """A command that is searched as long as it runs; returns how it ended and what it said."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(way.stdin.encode())
        given.seek(0)
        process = subprocess.Popen(
            home.command(*words), env={**home.environment, **way.variables}, stdin=given, stdout=said, stderr=said
        )
        watch = os.pidfd_open(process.pid)
        while not select.select([watch], [], [], 0.2)[0]:
            ground.search_processes(process.pid, starting=True, given=bool(way.variables))
        os.close(watch)
        process.wait()
        said.seek(0)
        return process.returncode, said.read()


def _by_command(ground: Ground, home: Home, folder: Path) -> None:
    """All verbs, on real servers that take the secret and that refuse it."""
    for type_id, account in {"postgres": ground.account, "mysql": _mysql_account(ground)}.items():
        fields = [f"{name}={value}" for name, value in account.items()]
        wrong = list(_ways(folder, PLANTED + "x", "password"))
        for way, refused in zip(_ways(folder, PLANTED, "password"), wrong, strict=True):
            name = f"{type_id} by {way.name}"
            _do(ground, home, "add", type_id, name, *fields, *WAIT, way=way)
            _do(ground, home, "reauthorize", name, *WAIT, way=way)
            _do(ground, home, "rollback", name, *WAIT)
            _do(ground, home, "reauthorize", name, *WAIT, way=refused, code=1)
            _do(ground, home, "edit", name, "user=nobody", *WAIT, way=way, code=1)
        url = destination_url(type_id, account, PLANTED)
        bare = url.replace(quote(PLANTED, safe=""), LINE)  # not encoded: refused, and not repeated
        for name, given, code in ((f"{type_id} by URL", url, 0), (f"{type_id} by bad URL", bare, 1)):
            way = Way("URL", ("--url", "env:URL"), variables={"URL": given})
            _do(ground, home, "add", type_id, name, *WAIT, way=way, code=code)
    _do(ground, home, "check", "--all", code=1)  # the bad URL's
    for verb in (*_SHOWING, *(f"{verb} --json" for verb in ("list", "events", "doctor", "worker status"))):
        _do(ground, home, *verb.split())
    _do(ground, home, "show", "postgres by URL", "--json")
    _do(ground, home, "delete", "mysql by URL", "--yes")
    _do(ground, home, "restore", "mysql by URL")


def _in_words(ground: Ground, home: Home) -> None:
    """Messages of drivers that repeat a secret where anybody would know one, as `explain` is given them."""
    sql = LINE.replace("\\", "\\\\").replace("'", "\\'")
    for message in (
        f"cannot connect to postgres://u:{quote(LINE, safe='')}@h:1/d: refused",
        f"cannot connect to postgres://u:{LINE}@h:1/d",
        f"invalid connection string: host=h password='{sql}' user=u",
        f"near: CREATE USER u IDENTIFIED BY '{sql}'",
        f"""near: ALTER ROLE u PASSWORD '{LINE.replace("'", "''")}'""",
        "the request was {" + f'"user": "u", "password": {json.dumps(LINE)}' + "}",
    ):
        for more in ((), ("--json",)):
            _do(ground, home, "explain", "--type", "postgres", *more, way=Way("stdin", stdin=message))


def _by_the_vault(ground: Ground, home: Home, store: str) -> None:
    """All of it sealed anew, and moved there and back; where the key is a passphrase, it is a planted one too."""
    if store != POSTGRESQL:
        for words in (("rekey",), ("move", "keyring"), ("move", "sealed")):
            _do(ground, home, "vault", *words)
            _do(ground, home, "check", "postgres by URL")
        return
    _do(ground, home, "vault", "rekey", way=Way("stdin", ("--new-key", "stdin"), stdin=LINE))
    config = load_config({**home.environment, "DESTUI_KEY": LINE})
    with session(config) as ctx:
        ((secret_id,),) = ctx.store.fetch("SELECT secret_id FROM destinations WHERE name = 'postgres by URL'")
        opened = ctx.vault.read(secret_id)["password"].reveal()
        ground.tally.expect(opened == PLANTED, "the secret is another one after the rekey")


_SHOWING = ("list", "events", "trash", "export", "doctor", "vault status", "worker status")


def _mysql_account(ground: Ground) -> dict[str, object]:
    password = PLANTED.replace("\\", "\\\\").replace("'", "\\'")
    return ground.keep(ground.mariadb.user(f"IDENTIFIED BY '{password}'"))


def destination_url(type_id: str, account: Mapping[str, object], secret: str) -> str:
    """The URL of a destination without TLS."""
    off = "sslmode=disable" if type_id == "postgres" else "ssl-mode=DISABLED"
    where = f"{account['user']}:{quote(secret, safe='')}@{account['host']}:{account['port']}/{account['database']}"
    return f"{type_id}://{where}?{off}"


def _secret_fields() -> Iterator[tuple[TypeSpec, str]]:
    for spec in registry.specs():
        yield from ((spec, declared.name) for declared in spec.fields if declared.secret)


def _in_every_field(ground: Ground, home: Home, folder: Path) -> None:
    """Every secret field of every type, against a port where nobody is: whatever is said of it, the secret is not."""
    for spec, name in _secret_fields():
        known = [f"{other}={value}" for other, value in CLOSED.items() if spec.field(other)]
        others = [o.name for o in spec.fields if o.secret and o.required and o.name != name]
        more = [word for other in others for word in ("--secret", f"{other}=env:OTHER")]
        for way in _ways(folder, PLANTED, name):
            given = replace(way, variables={**way.variables, "OTHER": LINE})
            _do(
                ground, home, "add", spec.id, f"{spec.id} {name} {way.name}", *known, *more, *WAIT, way=given, code=None
            )
            ground.tally.count(f"secret fields filled by {way.name}")


def _by_keys(ground: Ground, home: Home) -> None:
    """Typed letter by letter, pasted, and within a pasted URL; tested, saved, shown, copied, re-authorised."""
    for way in ("typed", "pasted", "within a URL"):
        terminal = Watched(home.command(), home.environment, SIZE)
        name = f"zz {way}"
        ground.tally.expect(terminal.sees("Add destination"), f"no interface:\n{terminal.text}")
        terminal.send(b"apostgres\r" + name.encode() + b"\t\t")
        if way == "within a URL":
            terminal.send(paste(destination_url("postgres", CLOSED, LINE)))
        else:
            terminal.send(b"127.0.0.1\t\x15" + b"1\td\t\tu\t")
            terminal.settle(0.3)
            for letter in [LINE] if way == "pasted" else LINE:
                terminal.send(paste(LINE) if way == "pasted" else letter.encode())
        ground.tally.expect(terminal.sees("•••", "***"), f"no secret was taken:\n{terminal.text}")
        for keys, wanted in _KEYS:
            terminal.send(keys)
            seen = terminal.sees(*wanted, seconds=20)
            ground.tally.expect(seen, f"{way}, after {keys!r} not {wanted}:\n{terminal.text}")
            terminal.settle(0.3)
        ground.search_processes(terminal.pid)
        ended = terminal.end()
        ground.search("the bytes of the terminal", terminal.output)
        ground.tally.count(f"secrets {way} in the interface", ended.code is None)


_KEYS: tuple[tuple[bytes, tuple[str, ...]], ...] = (
    (b"\x14", ("failed",)),  # ctrl+t
    (b"\x03", ("",)),  # ctrl+c copies, but never from a secret field
    (b"\x13", ("/25 ",)),  # ctrl+s
    (b"/zz\r", (" of ",)),
    (b" ", ("Nothing listens", "refused")),  # the details
    (b"y", ("clipboard",)),
    (b"r", ("Test and replace",)),
    (paste(LINE), ("•••", "***")),
    (b"\x13", ("The test failed", "✗")),
    (b"\x1b", ("Discard", "Destinations")),
)

CRASHING = """
import sys
from textual import events
from destui.config import load_config
from destui.tui.app import DestuiApp

class Crashing(DestuiApp):
    async def on_event(self, event):
        if isinstance(event, events.Key) and event.key == "f12":
            typed = [field.secret.reveal() for field in self.screen.query("SecretField")]
            raise RuntimeError(f"a fault in a handler, with {sum(map(len, typed))} letters in a local variable")
        await super().on_event(event)

app = Crashing(load_config())
app.run()
sys.exit(app.return_code)
"""
"""The interface, with a fault in a handler when f12 is pressed."""


def _in_a_crash(ground: Ground, home: Home) -> None:
    """A handler fails with the secret in a local variable: it ends at once, and neither report nor screen has it."""
    terminal = Watched([sys.executable, "-c", CRASHING], home.environment, SIZE)
    ground.tally.expect(terminal.sees("Add destination"), f"no interface:\n{terminal.text}")
    terminal.send(b"apostgres\rcrash\t\t" + paste(destination_url("postgres", CLOSED, LINE)))
    ground.tally.expect(terminal.sees("•••", "***"), f"no secret was taken:\n{terminal.text}")
    terminal.send(b"\x1b[24~")  # f12
    ended = terminal.end(10)
    ground.tally.expect(ended.code not in (None, 0), f"a crash ended with {ended.code}:\n{terminal.text}")
    ground.search("the bytes of a terminal whose program crashed", terminal.output)
    report = (home.path / "logs" / "interface.log").read_text()
    ground.tally.expect("a fault in a handler" in report, f"the crash was not reported: {report[-500:]}")
    ground.tally.count("crashes with a secret in a local variable")
