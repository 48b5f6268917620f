"""The answer to a COMMIT of a team's store is lost: what was saved stays whole, and is said to be saved perhaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from destui.domain.errors import NameInUse, StoreUnavailable
from destui.domain.secret import Secret
from destui.services import checks, destinations, rotation
from destui.services.context import Context
from destui.store import secrets
from destui.store.postgres import PatientConnection
from tests.fixtures import team_home
from tests.planted import PLANTED
from tests.servers.postgres import LOADER_PASSWORD, Postgres


@pytest.fixture
def ctx(postgres: Postgres, tmp_path: Path) -> Context:
    home = team_home(postgres, tmp_path)
    home.ok("store", "upgrade")
    return home.context()


@contextmanager
def lost(words: str) -> Iterator[None]:
    """Of the transaction that sends these words the answer to its COMMIT."""
    seen: set[int] = set()
    commit, execute = PatientConnection.commit, psycopg.Cursor.execute

    def watched(cursor: psycopg.Cursor, query: object, *arguments: object, **more: object) -> object:  # type: ignore[type-arg]
        if words in str(query):
            seen.add(id(cursor.connection))
        return execute(cursor, query, *arguments, **more)  # type: ignore[arg-type]

    def committed(connection: PatientConnection) -> None:
        commit(connection)
        if id(connection) in seen:
            connection.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", watched)
        patch.setattr(PatientConnection, "commit", committed)
        yield


def password(text: str) -> dict[str, Secret]:
    return {"password": Secret(text)}


def read_back(ctx: Context, secret_id: str | None) -> str:
    return ctx.vault.read(secret_id)["password"].reveal()


def test_an_added_destination_keeps_its_secret(ctx: Context, postgres: Postgres) -> None:
    with lost("INSERT INTO destinations"), pytest.raises(StoreUnavailable, match="not known whether"):
        destinations.add(ctx, "postgres", "orders", postgres.fields, password(LOADER_PASSWORD))
    ((identity, secret_id),) = ctx.store.fetch("SELECT id, secret_id FROM destinations WHERE name = 'orders'")
    assert read_back(ctx, secret_id) == LOADER_PASSWORD
    assert secrets.owner(ctx.store, secret_id) == identity


def test_a_candidate_that_is_checked_keeps_its_secret(ctx: Context, postgres: Postgres) -> None:
    added = destinations.add(ctx, "postgres", "orders", postgres.fields, password(LOADER_PASSWORD))
    with ctx.store.write() as tx:
        tx.execute(text("UPDATE destinations SET status = 'active'"))
        tx.execute(text("DELETE FROM jobs"))
    version = destinations.get(ctx, added.destination_id).version
    ways: tuple[Callable[[], object], ...] = (
        lambda: rotation.reauthorize(ctx, added.destination_id, version, None, password(PLANTED)),
        lambda: checks.test_draft(ctx, "postgres", postgres.fields, password(PLANTED)),
    )
    for asked in ways:
        with lost("INSERT INTO checks"), pytest.raises(StoreUnavailable, match="not known whether"):
            asked()
        ((secret_id,),) = ctx.store.fetch("SELECT secret_id FROM checks ORDER BY created_at DESC LIMIT 1")
        assert read_back(ctx, secret_id) == PLANTED


def test_what_was_refused_leaves_no_secret(ctx: Context, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    destinations.add(ctx, "postgres", "orders", postgres.fields, password(LOADER_PASSWORD))
    monkeypatch.setattr(destinations, "_look_before", lambda ctx, name: None)
    with pytest.raises(NameInUse):
        destinations.add(ctx, "postgres", "orders", postgres.fields, password(PLANTED))
    assert ctx.store.fetch("SELECT count(*) FROM secrets")[0][0] == 1
