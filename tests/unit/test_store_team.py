"""What is PostgreSQL's own about a team's store."""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from destui.store import schema, settings
from destui.store.opening import open_store
from tests.fixtures import team_home
from tests.servers.postgres import Postgres
from tests.torture.ground import within

WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"


def test_many_rows_of_a_team_store_are_sent_without_a_pipeline(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a pipeline a process that is stopped keeps its locks: the server waits for more of the statement."""

    def executemany(*arguments: object, **more: object) -> None:
        pytest.fail("by psycopg's pipeline")

    monkeypatch.setattr(psycopg.Cursor, "executemany", executemany)
    store = open_store(team_home(postgres, tmp_path).config)
    rows = [{"key": f"k{n}", "value": str(n)} for n in range(3)]
    with store.write() as tx:
        tx.execute(schema.settings.insert(), rows)
    assert len(store.fetch("SELECT 1 FROM settings WHERE key LIKE 'k_'")) == 3
    store.close()


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read", "serializable"])
def test_who_waited_for_the_turn_to_write_reads_what_the_one_before_has_written(
    postgres: Postgres, tmp_path: Path, isolation: str
) -> None:
    """Whatever the server's default is: otherwise the limit, and what is written once, would be of before the wait."""
    config = team_home(postgres, tmp_path).config
    database = config.store_url.rpartition("/")[2]
    postgres.run(f"ALTER DATABASE {database} SET default_transaction_isolation = '{isolation}'", database="postgres")
    store, other = open_store(config), open_store(config)
    seen: list[str | None] = []

    def write() -> None:
        with other.write() as tx:
            wanted = select(schema.settings.c.value).where(schema.settings.c.key == "contact")
            seen.append(tx.execute(wanted).scalar())

    waiting = threading.Thread(target=write)
    with store.write() as tx:
        settings.write(tx, "contact", "nora@acme.test")
        waiting.start()
        assert within(10, lambda: bool(store.fetch(WAITING)))
    waiting.join()
    assert seen == ["nora@acme.test"]
    for opened in (store, other):
        opened.close()
