"""Where the table that loads need themselves may not be made or used, that is said at set-up, with the GRANT."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from destui.domain.secret import Secret
from destui.services import load_sources, loads
from destui.tui.dialogs.setup_load import SetupLoadDialog
from destui.tui.widgets.preview import PreviewLines
from tests.e2e.order_checks import connect
from tests.fixtures import Home
from tests.servers.mariadb import LOADER_PASSWORD as MARIADB_PASSWORD
from tests.servers.mariadb import Mariadb
from tests.servers.postgres import LOADER_PASSWORD, Postgres
from tests.tui.stage import app_on, text_of, until


@contextmanager
def without_create(home: Home, request: pytest.FixtureRequest, kind: str) -> Iterator[tuple[Any, list[str]]]:
    """An Active destination whose user has lost the right to create tables since; and the words of the GRANT."""
    ctx = home.context()
    secrets = {"password": Secret(LOADER_PASSWORD)}
    if kind == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        role = server.new_role()
        server.run(f"CREATE SCHEMA s_{role}", f"GRANT USAGE, CREATE ON SCHEMA s_{role} TO {role}")
        connect(ctx, "dwh", kind, {**server.fields, "user": role, "schema": f"s_{role}"}, secrets)
        server.run(f"REVOKE CREATE ON SCHEMA s_{role} FROM {role}")
        yield server, [f"GRANT USAGE, CREATE ON SCHEMA s_{role} TO {role};"]
    else:
        maria: Mariadb = request.getfixturevalue("mariadb")
        with maria.user() as fields:
            base, user = f"d_{fields['user']}", f"'{fields['user']}'@'%'"
            maria.run(f"CREATE DATABASE {base}", f"GRANT ALL ON {base}.* TO {user}")
            secret = {"password": Secret(MARIADB_PASSWORD)}
            connect(ctx, "dwh", kind, {**fields, "database": base}, secret)
            maria.run(f"REVOKE CREATE ON {base}.* FROM {user}")
            yield maria, [f"ON `{base}`.* TO '{fields['user']}'@'%'", "GRANT ", "CREATE"]
            maria.run(f"DROP DATABASE {base}")


def set_up_in_vain(home: Home, folder: Path) -> CompletedProcess[str]:
    """Add an order of a file that could not run yet; what the command says of it."""
    (folder / "a.csv").write_text("id\n1\n")
    told = home.run("load", "add", "orders", "dwh", "t", str(folder / "a.csv"))
    assert told.returncode == 0 and "orders is set up, and would not run as things are." in told.stderr, told
    return told


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
def test_load_add_says_so_and_the_grant_helps(
    home: Home, request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    with without_create(home, request, kind) as (server, words):
        told = set_up_in_vain(home, tmp_path)
        assert all(word in told.stdout for word in words), told.stdout
        ctx = home.context()
        (found,) = [d for d in [load_sources.setup_trouble(ctx, loads.find(ctx, "orders").draft)] if d is not None]
        server.run(*found.fix_lines)
        assert load_sources.setup_trouble(ctx, loads.find(ctx, "orders").draft) is None
        said = home.ok("load", "add", "more", "dwh", "t", str(tmp_path / "a.csv"), "--run", "--wait")
        assert "more: done, 1 row in" in said


@contextmanager
def of_another(home: Home, request: pytest.FixtureRequest, kind: str) -> Iterator[tuple[Any, str]]:
    """An Active destination where another user's loads have made the table already; and the GRANT that is missing."""
    ctx = home.context()
    if kind == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        role = server.new_role()
        server.run(
            f"CREATE SCHEMA s_{role}", f"GRANT USAGE, CREATE ON SCHEMA s_{role} TO {role}",
            f"CREATE TABLE s_{role}._destui_loads (run_id text PRIMARY KEY, table_name text NOT NULL, rows bigint,"
            " loaded_at timestamptz NOT NULL DEFAULT now())", f"GRANT SELECT ON s_{role}._destui_loads TO {role}",
        )  # fmt: skip
        secrets = {"password": Secret(LOADER_PASSWORD)}
        connect(ctx, "dwh", kind, {**server.fields, "user": role, "schema": f"s_{role}"}, secrets)
        yield server, f'GRANT SELECT, INSERT, UPDATE, DELETE ON "s_{role}"._destui_loads TO {role};'
        return
    maria: Mariadb = request.getfixturevalue("mariadb")
    with maria.user() as fields:
        base, user = f"d_{fields['user']}", fields["user"]
        maria.run(
            f"CREATE DATABASE {base}", f"GRANT ALL ON {base}.* TO '{user}'@'%'",
            f"CREATE TABLE {base}._destui_loads (table_name VARCHAR(255) NOT NULL, `rows` BIGINT, run_id VARCHAR(64)"
            " PRIMARY KEY, loaded_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
            f"CREATE TABLE {base}.t (id BIGINT)", f"GRANT ALL ON {base}.t TO '{user}'@'%'",
        )  # fmt: skip
        connect(ctx, "dwh", kind, {**fields, "database": base}, {"password": Secret(MARIADB_PASSWORD)})
        maria.run(f"REVOKE ALL ON {base}.* FROM '{user}'@'%'", f"GRANT CREATE, DROP, ALTER ON {base}.* TO '{user}'@'%'")
        yield maria, f"GRANT SELECT, INSERT, UPDATE, DELETE ON `{base}`._destui_loads TO '{user}'@'%';"
        maria.run(f"DROP DATABASE {base}")


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
def test_a_table_of_another_user_is_told_too_and_the_grant_helps(
    home: Home, request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    with of_another(home, request, kind) as (server, grant):
        told = set_up_in_vain(home, tmp_path)
        assert grant in told.stdout and "may not be used by" in " ".join(told.stdout.split()), told.stdout
        ran = home.run("load", "run", "orders", "--wait")
        assert ran.returncode == 1 and "Code: LOAD-MARKER" in ran.stdout and grant in ran.stdout, ran
        server.run(grant)
        assert "orders: done, 1 row in" in home.ok("load", "run", "orders", "--wait")


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
async def test_the_form_says_so_before_anything_is_typed(home: Home, request: pytest.FixtureRequest, kind: str) -> None:
    with without_create(home, request, kind) as (_, words):
        ctx = home.context()
        app = app_on(ctx)
        async with app.run_test(size=(120, 40)) as pilot:
            from destui.services import destinations

            await app.push_screen(SetupLoadDialog(ctx, destinations.find(ctx, "dwh")))
            await until(pilot, lambda: not app.screen.query_one(PreviewLines).is_empty, 40)
            await pilot.pause()
            text = text_of(app)
            assert "_destui_loads" in text and "by which no run loads twice" in text, text
            assert words[-1].split(" ON ")[0] in text, text
