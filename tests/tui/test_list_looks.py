"""How the list looks: fixed data at a fixed time, small and large."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from textual.command import CommandList
from textual.pilot import Pilot

from destui.services import status
from destui.services.context import Context
from destui.tui.app import DestuiApp
from destui.tui.screens.help import HelpLines
from destui.tui.widgets.destination_table import DestinationTable
from destui.tui.widgets.pane import DetailPane
from tests.tui import seed
from tests.tui.test_list import until

SIZES = [pytest.param((80, 24), id="80x24"), pytest.param((120, 36), id="120x36")]
Prepare = Callable[[Pilot[None]], Awaitable[None]]


def app_on(home: Path, samples: Any = seed.SAMPLES, **store: Any) -> DestuiApp:
    ctx = seed.seeded(home, samples, **store)
    return DestuiApp(ctx.config, clock=lambda: seed.NOW, zone=UTC)


def after(*keys: str, then: Prepare | None = None) -> Prepare:
    """Wait for rows and worker, press keys, wait for what they bring."""

    async def prepare(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, DestuiApp)
        await until(pilot, lambda: app.foot.worker == "worker running")
        await pilot.press(*keys)
        if then is not None:
            await then(pilot)

    return prepare


async def details(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: any(pane.check for pane in pilot.app.screen.query(DetailPane)))
    await pilot.pause()


async def facts(pilot: Pilot[None]) -> None:
    lines = pilot.app.screen.query_one(HelpLines)
    await until(pilot, lambda: any("sealed" in value for _, value in lines.facts))
    await pilot.pause()


async def store_away(pilot: Pilot[None]) -> None:
    """The store goes, and does not come back by itself."""
    app = pilot.app
    assert isinstance(app, DestuiApp) and app._watch is not None
    app._watch.close()
    app._watch = None
    said = 'connection to server at "db.acme.internal", port 5432 failed: Connection refused'
    app.store_lost(f"The store does not answer: {said}")
    await pilot.pause()


async def one_row(pilot: Pilot[None]) -> None:
    table = pilot.app.screen.query_one(DestinationTable)
    await until(pilot, lambda: table.total == 1)
    await pilot.pause()


async def commands(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: pilot.app.screen.query_one(CommandList).option_count > 20)
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES)
def test_list(snap_compare: Any, tmp_path: Path, size: tuple[int, int]) -> None:
    assert snap_compare(app_on(tmp_path), terminal_size=size, run_before=after("down"))


@pytest.mark.parametrize("size", SIZES)
def test_details(snap_compare: Any, tmp_path: Path, size: tuple[int, int]) -> None:
    assert snap_compare(app_on(tmp_path), terminal_size=size, run_before=after("down", "space", then=details))


@pytest.mark.parametrize("size", SIZES)
def test_limit(snap_compare: Any, tmp_path: Path, size: tuple[int, int]) -> None:
    app = app_on(tmp_path, seed.SAMPLES + seed.MORE, contact="ops-leads@acme.test")
    assert snap_compare(app, terminal_size=size, run_before=after("down", "down", "a"))


@pytest.mark.parametrize("size", SIZES)
def test_help(snap_compare: Any, tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    from destui.vault.vault import VaultStatus

    def vault(_: Context) -> VaultStatus:
        return VaultStatus("sealed", True, "Secrets are sealed in the store.")

    monkeypatch.setattr(status, "vault", vault)
    assert snap_compare(app_on(tmp_path), terminal_size=size, run_before=after("down", "question_mark", then=facts))


@pytest.mark.parametrize("size", SIZES)
def test_empty(snap_compare: Any, tmp_path: Path, size: tuple[int, int]) -> None:
    assert snap_compare(app_on(tmp_path, ()), terminal_size=size, run_before=after())


@pytest.mark.parametrize("size", SIZES)
def test_banner(snap_compare: Any, tmp_path: Path, size: tuple[int, int]) -> None:
    assert snap_compare(app_on(tmp_path), terminal_size=size, run_before=after("down", then=store_away))


@pytest.mark.parametrize("size", SIZES)
def test_filter(snap_compare: Any, tmp_path: Path, size: tuple[int, int]) -> None:
    look = after("slash", *"legacy", then=one_row)
    assert snap_compare(app_on(tmp_path), terminal_size=size, run_before=look)


@pytest.mark.parametrize("size", SIZES)
def test_palette(snap_compare: Any, tmp_path: Path, size: tuple[int, int]) -> None:
    assert snap_compare(app_on(tmp_path), terminal_size=size, run_before=after("down", "ctrl+p", then=commands))


def test_selected(snap_compare: Any, tmp_path: Path) -> None:
    assert snap_compare(app_on(tmp_path), terminal_size=(120, 36), run_before=after("down", "x", "x"))


def test_sixteen_colours_have_no_surfaces_to_tell_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLORTERM")
    monkeypatch.setenv("TERM", "linux")
    assert app_on(tmp_path).theme == "ansi-dark"


@pytest.mark.parametrize("theme", ["light", "ansi-dark"])
def test_themes(snap_compare: Any, tmp_path: Path, theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_THEME", theme)
    app = app_on(tmp_path)
    assert snap_compare(app, terminal_size=(120, 36), run_before=after("down", "space", then=details))


def test_no_colour_and_ascii(snap_compare: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    ctx = seed.seeded(tmp_path)
    app = DestuiApp(seed.config_in(tmp_path, DESTUI_ASCII="1"), clock=lambda: seed.NOW, zone=UTC)
    assert ctx.store.path is not None
    assert snap_compare(app, terminal_size=(80, 24), run_before=after("down", "space", then=details))
