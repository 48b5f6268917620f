"""`python -m tests.torture.hostile_commands`: nasty texts on the command line. What it is to do comes as JSON on
standard input; what it counted and found goes out as JSON."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

from tests.torture import actors, nasty
from tests.torture.nasty import groups, passes
from tests.torture.tally import Tally

REFUSED = (0, 1, 2, 3, 4, 5)
SCHEMES = (
    "postgres://{}@127.0.0.1:1/d",
    "mysql://u:p@127.0.0.1:1/{}",
    "postgres://u:p@127.0.0.1:{}/d",
    "{}",
    "sqlite:///{}",
)
PLACES = (
    ("sqlite", "path={}"), ("folder", "path={}"), ("postgres", "host=127.0.0.1 port=1 database={} user=u tls=off"),
    ("mysql", "host=127.0.0.1 port=1 database=d user={} tls=off"),
    ("postgres", "host=127.0.0.1 port={} database=d user=u"),
    ("postgres", "host={} port=1 database=d user=u tls={}"), ("simulator", "outcome=error fail_at=open seconds=0"),
    ("duckdb", "path={}"), ("{}", "{}={}"),
)  # fmt: skip
TYPES = ("postgres", "mysql", "sqlite", "duckdb", "folder", "simulator")


class Commands:
    """Commands with nasty texts, each a fork of this process."""

    def __init__(self, order: Mapping[str, object]) -> None:
        self.environment: dict[str, str] = order["environment"]  # type: ignore[assignment]
        self.rng = random.Random(f"{order['seed']}:commands")
        self.tally = Tally()
        folder = Path(str(order["folder"]))
        self._said = folder / "hostile.said"
        self._file = folder / "hostile.secret"

    def group(self, texts: Sequence[str]) -> None:
        """One destination made of these, looked at, changed and mostly deleted again."""
        name, field, tag, email, url = texts
        type_id, fields = self.rng.choice(PLACES)
        given = [word.replace("{}", field) for word in fields.split()]
        secret = url if type_id in ("postgres", "mysql") and passes(url) else ""
        user = {"DESTUI_USER": email} if passes(email) else {}
        added = self.run("add", type_id.replace("{}", field), name, *given, "--tag", tag, secret=secret, **user) == 0
        scheme = self.rng.choice(SCHEMES)
        if passes(url):
            self.run(
                "add", self.rng.choice(TYPES), f"url {self.rng.random()}", "--url", "env:U", U=scheme.replace("{}", url)
            )
        self._file.write_text(url.encode("utf-8", "replace").decode())
        self.run("explain", "--type", self.rng.choice(TYPES), "--exception", field, "--code", tag, stdin=self._file)
        self.run("list", "--tag", tag)
        self.run(self.rng.choice(("show", "rollback", "check", "cancel", "explain")), name)
        if self.rng.random() < 0.1:
            self.run("contact", email)
            self.run(
                self.rng.choice(("limit", "restore", "list", "events", "trash", field)),
                *[tag][: self.rng.randrange(2)],
            )
        if added:
            self.tally.count("destinations added with nasty texts")
            self.expect_done("show", "--", name)
            renamed = self.run("edit", "--name", email, "--tag", url, "--", name) == 0
            if self.rng.random() < 0.8:
                self.expect_done("delete", "--yes", "--", email if renamed else name)

    def run(self, *arguments: str, secret: str = "", stdin: str | Path = os.devnull, **variables: str) -> int | None:
        """One command; its exit code, None where the system itself takes no such words."""
        words = [*arguments, *(("--secret", "password=env:PW") if secret else ())]
        if not all(map(passes, words)):
            self.tally.count("commands that no system can start")
            return None
        ended = actors.command(words, {**self.environment, "PW": secret, **variables}, self._said, None, stdin)
        shown = nasty.raw(self._said.read_bytes())
        self.tally.expect(not shown, f"raw in what {words!r:.300} says: {shown[:3]}")
        is_told = ended.code in REFUSED and "Traceback" not in ended.said and "fault in destui" not in ended.said
        self.tally.expect(is_told, f"{words!r:.300} ended with {ended.code}: {ended.said[-600:]}")
        self.tally.count("commands with nasty texts")
        self.tally.count(f"of these ended with {ended.code}")
        return ended.code

    def errors(self, texts: Sequence[str], server: str, name: str) -> None:
        """The server refuses a destination's checks with each of these."""
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(b"ALTER EVENT TRIGGER refuse DISABLE")
            connection.execute(b"INSERT INTO public.said VALUES ('')")
            connection.execute(b"ALTER EVENT TRIGGER refuse ENABLE")
            for text in texts:
                said = text.replace("\0", "").encode("utf-8", "replace").decode()
                connection.execute(b"UPDATE public.said SET it = %s", (said,))
                for verb in ("check", "show"):
                    self.run(verb, name)
                self.tally.count("nasty texts said by a server")

    def expect_done(self, *arguments: str) -> None:
        """One that must be done, since what it names is there."""
        code = self.run(*arguments)
        self.tally.expect(code == 0, f"{arguments!r:.300} ended with {code}")


def main() -> None:
    """Do what standard input says."""
    order = json.loads(sys.stdin.read())
    actors.preload()
    os.chdir(order["folder"])  # where a path may lead, nothing of anybody else is
    commands = Commands(order)
    if "server" in order:
        commands.errors(order["texts"], order["server"], order["plain"])
    else:
        for group in groups(order["texts"]):
            commands.group(group)
    print(json.dumps({"done": commands.tally.done, "found": commands.tally.found}))


if __name__ == "__main__":
    main()
