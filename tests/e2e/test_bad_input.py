"""Hostile text in names, emails, tags, fields and a server's messages: nothing crashes, nothing reaches the terminal
raw, and every row can be deleted again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from json import dumps

import pytest
from sqlalchemy import insert

from bench.terminal import Terminal
from destui.domain.check import CheckState
from destui.domain.secret import Secret
from destui.services import destinations
from destui.services.context import Context
from destui.services.following import follow
from destui.store import reading, rows, schema, settings
from destui.store.times import now_us
from tests.fixtures import Home
from tests.servers.postgres import LOADER_PASSWORD, SCHEMA, Postgres

HOSTILE = {
    "markup": "[/] [bold]x[/bold] [@click=app.quit]q[/]",
    "title": "\x1b]0;owned\x07",
    "clear": "\x1b[2J\x1b[31mred",
    "clipboard": "\x1b]52;c;b3duZWQ=\x07",
    "c1": "\x9b31mred\x90q\x9c",
    "bidi": "\u202egnp.exe\u2066 \u200f",
    "zalgo": "z\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309",
    "wide": "東京売上分析データ基盤本番環境",
    "emoji": "👩\u200d👩\u200d👧 🇯🇵",
    "lines": "one\ntwo\r\nthree\ttab\x00\x08\x7f",
    "long": "x" * 10_000,
    "quotes": "'; DROP TABLE destinations; -- \" ` $(id) %s %n {0}",
    "surrogate": "half \ud83d",
    "blank": "",
}
# What must never come out of the interface as it went in.
RAW = [
    b"\x1b]0;owned",
    b"\x1b[31mred",
    b"\x1b]52;c;b3duZWQ",
    b"\xc2\x9b31m",
    b"\xe2\x80\xae",
    b"\xe2\x81\xa6",
    b"\x00\x08",
]


def without_surrogates(text: str) -> str:
    """No database takes half a character; what comes from outside meets it earlier."""
    return text.encode("utf-8", "replace").decode()


@pytest.fixture
def old_store(home: Home) -> Context:
    """A store as an older or careless program might have written it: hostile text in every column."""
    ctx = home.context()
    with ctx.store.write() as tx:
        settings.write(tx, "limit", "100")
        for number, (kind, text) in enumerate(HOSTILE.items()):
            text = without_surrogates(text)
            identity, check = f"d{number:031}", f"c{number:031}"
            tx.execute(
                insert(schema.destinations).values(
                    id=identity, name=f"{text} {number}", name_key=text.casefold(), type="simulator",
                    fields=dumps({"outcome": "error", "note": text}), tags=dumps([text or "t", kind]), status="error",
                    connected_by=text or "nobody", created_at=now_us(), updated_at=now_us(), check_id=check,
                    diagnosed_by=check, failing_since=now_us(),
                )
            )  # fmt: skip
            tx.execute(
                insert(schema.checks).values(
                    id=check, destination_id=identity, reason="asked", state="failed", by=text, type="simulator",
                    failed_step="create", code="SIM-CREATE", causes="[]", cause=text, fix=f"Run this:\n{text}",
                    message=text, created_at=now_us(), started_at=now_us(), finished_at=now_us(),
                )
            )  # fmt: skip
            tx.execute(
                insert(schema.check_steps).values(
                    check_id=check, position=0, name="create", state="failed", ms=1, message=text
                )
            )
            tx.execute(
                insert(schema.events).values(
                    at=now_us(), who=text, host=text, verb="edited", destination_id=identity, name=text, detail=text
                )
            )
    return ctx


@pytest.fixture
def terminal(home: Home, old_store: Context) -> Iterator[Terminal]:
    made = Terminal(home.command(), home.environment, (120, 36))
    yield made
    made.close()


@pytest.mark.embedded
def test_the_interface_shows_hostile_rows_and_deletes_them_all(terminal: Terminal, old_store: Context) -> None:
    count = len(HOSTILE)
    terminal.read_until_screen(f"{count}/100", 30)
    terminal.settle(0.5)
    terminal.send(b" ")  # the pane, which follows the row
    for _ in range(count):
        terminal.settle(0.15)
        terminal.send(b"\x1b[B")
    for number in range(3):
        terminal.send(b"\r")  # the page and its tabs
        terminal.settle(0.3)
        for _ in range(3):
            terminal.send(b"]")
            terminal.settle(0.2)
        terminal.send(b"\x1b")
        terminal.settle(0.3)
        terminal.send(b"\x1b[A" * (number + 2))
    terminal.send(b"3")  # the activity
    terminal.settle(0.5)
    terminal.send(b"1")
    terminal.settle(0.3)
    for left in range(count, 0, -1):
        assert rows.counts(old_store.store).total == left
        terminal.send(b"d")
        terminal.read_until_screen("Cancel")
        terminal.settle(0.15)
        terminal.send(b"\x1b[Z")
        terminal.settle(0.1)
        terminal.send(b"\r")
        terminal.read_until_screen(f"{left - 1}/100")
        terminal.settle(0.2)
    for raw in RAW:
        assert raw not in terminal.output, raw
    assert b"Traceback" not in terminal.output and b"fault of its own" not in terminal.output


@pytest.mark.embedded
def test_the_command_line_prints_hostile_rows_safely(home: Home, old_store: Context) -> None:
    for verb in ("list", "events", "export", "trash"):
        done = home.run(verb)
        assert done.returncode == 0, done.stderr
        for raw in RAW:
            assert raw not in done.stdout.encode(), (verb, raw)
    found = json.loads(home.ok("list", "--json"))
    assert len(found) == len(HOSTILE)
    by_tag = {d["tags"][-1]: d for d in found}
    for kind, text in HOSTILE.items():
        assert by_tag[kind]["fields"]["note"] == without_surrogates(text)
    for d in found:
        shown = home.run("show", "--", d["name"]) if "\x00" not in d["name"] else None
        assert shown is None or (shown.returncode == 0 and not any(r in shown.stdout.encode() for r in RAW)), d["name"]
    names = [d["name"] for d in found if "\x00" not in d["name"]]
    for name in names:
        assert home.run("delete", "--yes", "--", name).returncode == 0, name
    assert rows.counts(old_store.store).total == len(found) - len(names)


@pytest.mark.parametrize("kind", HOSTILE)
def test_new_names_and_tags_are_taken_or_refused_with_a_sentence(home: Home, kind: str) -> None:
    from destui.domain.errors import InvalidInput

    text = HOSTILE[kind]
    ctx = home.context()
    for name, tags in ((text, []), ("plain", [text])):
        try:
            added = destinations.add(ctx, "simulator", name, {"seconds": 0}, {}, tags)
        except InvalidInput as error:
            assert {p.field for p in error.problems} <= {"name", "tags"} and str(error)
            assert kind not in ("markup", "wide", "quotes") or tags
        else:
            assert kind in ("markup", "bidi", "zalgo", "wide", "emoji", "quotes")
            assert reading.by_id(ctx.store, added.destination_id).name == name  # type: ignore[union-attr]
    assert (
        kind not in ("title", "clear", "clipboard", "c1", "lines", "long", "surrogate", "blank")
        or not rows.counts(ctx.store).total
    )


RAISED = ("markup", "title", "clear", "clipboard", "c1", "bidi", "zalgo", "wide", "long", "quotes")
_REFUSE = """
CREATE TABLE public.said (it text); GRANT SELECT ON public.said TO loader; INSERT INTO public.said VALUES ('');
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $f$ DECLARE t text := (SELECT it FROM public.said);
BEGIN RAISE EXCEPTION '%', t USING HINT = t; END $f$
"""


@pytest.fixture
def refusing(postgres: Postgres) -> Iterator[str]:
    """A database with an event trigger that raises what stands in `said` when the ladder creates its table."""
    name = "hostile"
    postgres.run(f"CREATE DATABASE {name}", database="postgres")
    with postgres.connect(name) as connection:
        connection.execute(f"CREATE SCHEMA {SCHEMA}; GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO loader".encode())
        connection.execute(_REFUSE.encode())
        connection.execute(b"CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION refuse()")
    yield name
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)", database="postgres")


def test_what_a_real_server_raises_is_shown_safely(
    home: Home, postgres: Postgres, refusing: str, opened: list[Terminal]
) -> None:
    ctx = home.context()
    fields = {**postgres.fields, "database": refusing}
    added = destinations.add(ctx, "postgres", "orders", fields, {"password": Secret(LOADER_PASSWORD)})
    assert [c.state for c in follow(ctx, [added.check_id], 60)][-1] is CheckState.FAILED
    terminal = Terminal(home.command(), home.environment, (120, 50))
    opened.append(terminal)
    terminal.read_until_screen("orders", 30)
    terminal.settle(0.3)
    terminal.send(b" ")
    for number, kind in enumerate(RAISED):
        with postgres.connect(refusing) as connection:
            connection.execute("UPDATE public.said SET it = %s", [f"no. {number}: {HOSTILE[kind]}"])
        done = home.run("check", "orders")
        assert done.returncode == 1 and "Traceback" not in done.stderr and f"no. {number}: " in done.stdout, kind
        shown = home.run("show", "orders")
        assert f"no. {number}: " in shown.stdout, kind
        for raw in RAW:
            assert raw not in done.stdout.encode() and raw not in shown.stdout.encode(), (kind, raw)
        found = reading.by_name(ctx.store, "orders")
        assert found is not None and found.check is not None and found.check.diagnosis is not None
        assert found.check.diagnosis.step == "create" and len(found.check.diagnosis.message) < 6000, kind
        terminal.read_until_screen(f"no. {number}: ")
        terminal.send(b"y")
        terminal.settle(0.3)
        assert not any(raw in terminal.output for raw in RAW), kind
