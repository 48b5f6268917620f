"""The registry of actions, the keymap, the palette; how the application begins and ends."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from destui.domain.secret import Secret
from destui.services.context import Context
from destui.tui import actions, list_actions
from destui.tui import app as app_module
from destui.tui.actions import REGISTRY, Action, Keymap, key_label, register
from destui.tui.app import DestuiApp
from destui.tui.following import told
from destui.tui.palette import ActionProvider
from destui.tui.screens.destinations import DestinationsScreen
from destui.tui.screens.help import HelpLines, HelpScreen
from tests.tui import seed
from tests.tui.test_list import footer, listing, until, words

SETTINGS = '[keys]\nopen = "o"\nnonsense = "n"\ndelete = ""\n'


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Context, "wake_worker", lambda self: None)


def test_no_key_of_the_list_does_two_things() -> None:
    keys = Counter(key for action in list_actions.LIST_ACTIONS for key in action.keys)
    assert [key for key, number in keys.items() if number > 1] == []


def test_the_contracts_keys_do_what_the_contract_says() -> None:
    by_key = {key: action.id for action in list_actions.LIST_ACTIONS for key in action.keys}
    expected = {
        "a": "add", "enter": "open", "space": "details", "plus": "details", "l": "load", "r": "reauthorize",
        "c": "check", "d": "delete", "delete": "delete", "D": "duplicate", "slash": "filter", "s": "sort",
        "S": "reverse", "x": "select", "y": "copy", "u": "undo", "question_mark": "help", "1": "destinations",
        "2": "load_orders", "3": "activity", "escape": "back", "ctrl+p": "palette", "q": "quit", "t": "stop",
        "ctrl+r": "retry", "ctrl+l": "redraw", "f1": "help",
    }  # fmt: skip
    assert {key: by_key[key] for key in expected} == expected


def test_an_id_is_given_once() -> None:
    with pytest.raises(ValueError, match="two actions add"):
        register(Action("add", ("z",), "", "", lambda s: None))


def test_what_changes_something_is_marked() -> None:
    marked = {action.id for action in list_actions.LIST_ACTIONS if action.changes}
    assert {"add", "load", "reauthorize", "check", "delete", "undo", "duplicate", "stop"} <= marked
    assert not {"open", "details", "copy", "filter", "sort", "select", "help", "quit"} & marked


def test_keys_are_named_as_people_do() -> None:
    keys = ("slash", "question_mark", "up", "shift+down", "ctrl+r", "pagedown", "plus")
    assert [key_label(key) for key in keys] == ["/", "?", "↑", "shift+↓", "ctrl+r", "pgdn", "+"]
    assert key_label("up", ascii_only=True) == "up"


def test_the_settings_change_keys_and_wrong_ids_are_told() -> None:
    keymap = Keymap({"open": "o, enter", "nonsense": "n", "delete": ""})
    assert keymap.keys(list_actions.OPEN) == ("o", "enter")
    assert keymap.keys(list_actions.DELETE) == ()
    assert keymap.keys(list_actions.ADD) == ("a",)
    assert [problem.split(". ")[0] for problem in keymap.problems()] == [
        "Settings, [keys]: there is no action 'nonsense'"
    ]


async def test_a_keymap_reaches_bindings_footer_and_help(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(SETTINGS)
    async with listing(tmp_path) as (pilot, screen, _ctx):
        await until(pilot, lambda: "no action 'nonsense'" in footer(screen))
        await pilot.press("d")
        assert len(pilot.app.screen_stack) == 1, "delete has no key any more"
        assert footer(screen).startswith(" o Open")
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        shown = words(pilot.app.screen.query_one(HelpLines))
        assert "o          Open the page" in shown
        assert "Delete" not in shown


async def test_the_help_says_what_cannot_be_done_and_why(tmp_path: Path) -> None:
    async with listing(tmp_path, limit=12) as (pilot, screen, _ctx):
        await pilot.press("down", "down", "question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        shown = words(pilot.app.screen.query_one(HelpLines))
        assert "Keys  with finance_mart under the cursor" in shown
        assert "Add: You've reached your limit of 12 destinations" in shown
        assert "Undo the last delete: nothing to undo" in shown
        await until(pilot, lambda: "being asked" not in words(pilot.app.screen.query_one(HelpLines)))
        await pilot.press("x")
        assert not screen.selected, "keys of the list do nothing under a dialog"
        await pilot.press("escape")
        assert pilot.app.screen is screen


async def test_the_palette_offers_what_works_here(tmp_path: Path) -> None:
    async with listing(tmp_path) as (_, screen, _ctx):
        titles = [title for title, _, _ in ActionProvider(screen)._entries()]
        assert {"Add", "Open the page", "Filter", "Quit", "Theme: light"} <= set(titles)
        assert "Set up a load" not in titles, "the row under the cursor is initializing"
        assert "Copy the diagnosis" not in titles


async def test_the_palette_does_it(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, _ctx):
        await pilot.press("ctrl+p")
        await pilot.press(*"reverse")
        await until(pilot, lambda: bool(pilot.app.screen.query("OptionList").first().option_count))  # type: ignore[attr-defined]
        await pilot.press("down", "enter")
        await until(pilot, lambda: not screen.view.order.descending)


async def test_the_menu_changes_the_page_and_back(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, _ctx):
        await pilot.press("down", "2")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "LoadOrdersScreen")
        await pilot.press("3")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "ActivityScreen")
        await pilot.press("1")
        assert pilot.app.screen is screen
        assert screen.row is not None
        assert screen.row.name == "orders_dwh"


async def test_a_theme_changes_at_once(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, _ctx):
        before = screen.table.render_line(1)
        pilot.app.theme = "light"
        await pilot.pause()
        assert screen.table.render_line(1) != before
        assert set(pilot.app.available_themes) == {"dark", "light", "ansi-dark", "ansi-light"}


async def test_a_secret_is_not_copied(tmp_path: Path) -> None:
    async with listing(tmp_path) as (pilot, screen, _ctx):
        field = Input("hunter2", password=True)
        await screen.mount(field)
        field.focus()
        await pilot.pause()
        field.action_select_all()
        await pilot.press("ctrl+c")
        assert pilot.app.clipboard == ""
        assert "A secret is not copied." in footer(screen)


async def test_the_clipboard_code_passes_through_tmux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    async with listing(tmp_path) as (pilot, _, _ctx):
        written: list[str] = []
        monkeypatch.setattr(pilot.app._driver, "write", written.append)
        pilot.app.copy_to_clipboard("ü")
        assert written == ["\x1b]52;c;w7w=\x07", "\x1bPtmux;\x1b\x1b]52;c;w7w=\x07\x1b\\"]


async def test_a_fault_of_its_own_is_reported_without_local_variables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ctx = seed.seeded(tmp_path)
    app = DestuiApp(ctx.config)
    password = "hunter2"

    def fails(_: Any) -> None:
        kept = [password, Secret(password)]
        raise RuntimeError(f"broken with {len(kept)}")

    with pytest.raises(RuntimeError):
        async with app.run_test() as pilot:
            app.call_later(fails, None)
            await pilot.pause()
    log = (tmp_path / "logs" / "interface.log").read_text()
    assert "RuntimeError: broken with 2" in log
    assert "hunter2" not in log + capsys.readouterr().err
    assert (tmp_path / "logs" / "interface.log").stat().st_mode & 0o777 == 0o600


async def test_a_store_that_cannot_be_opened_ends_with_its_sentence(tmp_path: Path) -> None:
    (tmp_path / "destui.db").write_text("not a database, " * 100)
    app = DestuiApp(seed.config_in(tmp_path))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.return_code is not None)
    assert app.return_code == app_module.EXIT_UNAVAILABLE


async def test_the_first_filter_is_in_force_at_once(tmp_path: Path) -> None:
    ctx = seed.seeded(tmp_path)
    app = DestuiApp(ctx.config, filter="oracle")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = app.screen
        assert isinstance(screen, DestinationsScreen)
        await until(pilot, lambda: screen.table.total == 1)
        await pilot.press("escape")
        await until(pilot, lambda: screen.table.total == 12)


def test_the_interface_loads_nothing_heavy() -> None:
    import subprocess

    code = (
        "import sys, destui.tui.app\n"
        "heavy = {'sqlalchemy', 'alembic', 'dbos', 'psycopg', 'keyring', 'cryptography', 'duckdb', 'pyarrow'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_how_what_was_asked_for_ended_is_told() -> None:
    from dataclasses import replace

    from destui.domain.check import Check, CheckState, Diagnosis, Reason

    passed = Check("c", "d", Reason.ASKED, CheckState.PASSED, "me", seed.NOW)
    failed = replace(
        passed, state=CheckState.FAILED, diagnosis=Diagnosis("create", "X", (), "It may not.", "Do this.", "no")
    )
    assert told([("one", passed)], "space") == ("one works: every step passed.", True)
    changed = replace(passed, reason=Reason.REAUTHORISE)
    assert told([("one", changed)], "") == ("one works with what was changed: every step passed.", True)
    assert told([("one", failed)], "space") == ("one: It may not. space shows the fix.", False)
    assert told([("one", failed)], "") == ("one: It may not.", False), "where no key shows it"
    assert told([("one", passed), ("two", failed)], "") == ("1 of 2 checks passed. Not: two.", False)
    assert told([("one", replace(passed, state=CheckState.CANCELLED))], "")[0] == "The check of one was stopped."
    refused = replace(failed, reason=Reason.REAUTHORISE)
    assert told([("one", refused)], "space")[0].startswith("one keeps its old settings and credentials. The change")


def test_every_action_has_words() -> None:
    assert all(action.title and action.tooltip and action.keys for action in REGISTRY.values())
    assert actions.HELP.pinned
