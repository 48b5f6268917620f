"""The application: opens the store, holds what all screens share, ends cleanly."""

from __future__ import annotations

import asyncio
import base64
import gc
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.theme import Theme

from destui.config import Config
from destui.domain.errors import DestuiError, StoreUnavailable
from destui.faults import record
from destui.tui.actions import Keymap
from destui.tui.announcing import Announcing
from destui.tui.driver import TerminalDriver, end_for_sure
from destui.tui.following import Following
from destui.tui.glyphs import wants_ascii
from destui.tui.held_keys import HeldKeys
from destui.tui.opening import Opened, Opening
from destui.tui.screens.base import ActionHost, BaseScreen
from destui.tui.screens.destinations import DestinationsScreen
from destui.tui.serving import Serving
from destui.tui.text import zone_name
from destui.tui.theme import PALETTES, themes
from destui.tui.watch import StoreBack, StoreChanged, StoreLost, StoreUnwritable, StoreWatch
from destui.tui.widgets.chrome import Foot, Trouble

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.screen import Screen

    from destui.services.context import Context

EXIT_UNAVAILABLE = 6


def stylesheet_path() -> Path:
    """The styling: in the package when installed, at the root in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "destui.tcss"
    return installed if installed.exists() else package.parent / "destui.tcss"


def _load_orders() -> Screen[Any]:
    from destui.tui.screens.load_orders import LoadOrdersScreen

    return LoadOrdersScreen()


def _activity() -> Screen[Any]:
    from destui.tui.screens.activity import ActivityScreen

    return ActivityScreen()


def _palette() -> Any:
    from destui.tui.palette import ActionProvider

    return ActionProvider


class _WholeCells(ScrollBarRender):
    """A scroll bar of whole cells: no part of a block, which ASCII does not have, and fewer bytes."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "]


ScrollBar.renderer = _WholeCells


class DestuiApp(App[None]):
    """The interface on one store."""

    TITLE = "destui"
    DEFAULT_MODE: ClassVar[str] = "destinations"
    MODES: ClassVar[dict[str, Any]] = {
        "destinations": DestinationsScreen,
        "load_orders": _load_orders,
        "activity": _activity,
    }
    COMMANDS: ClassVar[set[Any]] = {_palette}
    NOTIFICATION_TIMEOUT = 5
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "redraw", "Redraw", show=False, priority=True),
        Binding("f1", "help", "Help", show=False, priority=True),
        Binding("ctrl+c", "interrupt", "Copy", show=False),
    ]

    def __init__(
        self,
        config: Config,
        *,
        read_only: bool = False,
        filter: str = "",
        clock: Callable[[], datetime] | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        no_color = "NO_COLOR" in os.environ
        super().__init__(css_path=stylesheet_path(), ansi_color=True if no_color else None)
        self.config = config
        self.read_only = read_only
        self.clock = clock or (lambda: datetime.now(UTC))
        self.zone = zone
        self.animation_level = "none"
        self._set_theme(no_color)
        self.set_class(wants_ascii(config.environment), "-ascii")
        self.keymap = self._read_keymap()
        label = f"{config.store_label.partition(' ')[0]}, read-only" if read_only else config.store_label
        self.foot = Foot(label, "", zone_name(self.clock(), zone))
        self.trouble: Trouble | None = None
        self.refused: DestuiError | None = None
        """Why the store could not be opened."""
        self._lost: tuple[str, datetime] | None = None
        """What was said first when the store could not be read or written, and when; until it can be."""
        self.following = Following(self)
        self.announcing = Announcing(self, bell=config.setting("bell") is True)
        self.serving = Serving(self)
        self.held_keys = HeldKeys(self, self._hand_on)
        self.opening = Opening(config, read_only=read_only, pattern=filter)
        self._ctx: Context | None = None
        self.is_open = asyncio.Event()
        """The store has answered."""
        self._watch: StoreWatch | None = None
        self._begun = False

    # Settings.

    def _set_theme(self, no_color: bool) -> None:
        for name in list(self._registered_themes):
            self.unregister_theme(name)
        for theme in themes():
            self.register_theme(theme)
        wanted = os.environ.get("TEXTUAL_THEME") or self._setting("theme")
        if wanted not in PALETTES:
            # The surfaces of the dark theme are one and the same in 16 colours.
            wanted = "dark" if self.console.color_system in ("truecolor", "256") else "ansi-dark"
        if no_color and not wanted.startswith("ansi"):
            wanted = f"ansi-{wanted}"
        self.set_reactive(App.theme, wanted)
        # Whether the terminal's own colours stay as they are was settled before there was a theme.
        self._refresh_truecolor_filter(self.ansi_theme)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_driver_class(self) -> type[Driver]:
        """Ours on a terminal, Textual's elsewhere (in tests)."""
        found = super().get_driver_class()
        return TerminalDriver if issubclass(TerminalDriver, found) else found

    def get_theme(self, theme_name: str) -> Theme | None:
        """One of the four themes; any other name (while starting) is the dark one."""
        return super().get_theme(theme_name) or super().get_theme("dark") or super().get_theme("textual-dark")

    def _setting(self, name: str) -> str:
        value = self.config.setting(name)
        return value if isinstance(value, str) else ""

    def _read_keymap(self) -> Keymap:
        changes: dict[str, str] = self.config.setting("keys") or {}
        if changes:
            self.set_keymap(dict(changes))
        return Keymap(changes)

    # Beginning and end.

    @property
    def ctx(self) -> Context:
        """The opened store and vault. Raises StoreUnavailable while it is being opened."""
        if self._ctx is None:
            raise StoreUnavailable("The store is still being opened.")
        return self._ctx

    def on_mount(self) -> None:
        """Wait for the store beside the event loop, where it has not answered yet."""
        self._begun = True
        # Textual draws while nothing is shown yet, then waits for a tick: the first picture need not.
        self.call_later(self.screen.call_later, self.screen._on_timer_update)
        self._end_on_signals()
        self.theme_changed_signal.subscribe(self, lambda _: self.redraw())
        self.run_worker(self._begin(), group="begin")

    async def _begin(self) -> None:
        try:
            self.opened(await self.opening.result())
        except DestuiError as error:
            self.refused = error
            self.call_after_refresh(self.exit, return_code=EXIT_UNAVAILABLE)

    def opened(self, opened: Opened) -> None:
        """The store has answered for the first time: show it."""
        first, self._ctx = self._ctx is None, opened.ctx
        self.is_open.set()
        for screen in self._lists():
            if screen.is_mounted:
                screen.begin(opened.reading)
        if first:
            self._watch = StoreWatch(opened.ctx, opened.watch, self.post_message)
            self.call_after_refresh(self._painted)

    def _lists(self) -> list[DestinationsScreen]:
        """The list, wherever it stands in the stacks."""
        return [s for s in self._all_screens() if isinstance(s, DestinationsScreen)]

    def _painted(self) -> None:
        """The first rows are on the screen: now what could wait."""
        gc.freeze()
        gc.enable()
        problems = [*self.config.settings_problems, *self.keymap.problems()]
        if problems and isinstance(self.screen, ActionHost):
            self.screen.say(" ".join(problems))
        self.announcing.begin()
        if self._watch is not None:
            self._watch.start()
        self.serving.begin()

    def _end_on_signals(self) -> None:
        """A lost terminal or a polite kill ends the program at once, with the terminal as it was before."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, self._end_by, number)
                # And where the event loop waits for a terminal that no longer reads: this one runs within that.
                signal.signal(number, lambda number, _: end_for_sure(128 + number))
            except (NotImplementedError, RuntimeError, ValueError):  # not in the main thread: a test's app
                return
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGHUP, signal.SIGTERM))  # those that came since the start

    def _end_by(self, number: int) -> None:
        self.exit(return_code=128 + number)

    async def on_unmount(self) -> None:
        """Nothing watches any more."""
        if self._watch is not None:
            self._watch.close()

    def _fatal_error(self) -> None:
        """A short report without local variables: they may hold secrets. The trace goes to the log."""
        error = sys.exc_info()[1]
        path = record(self.config, error, self.clock()) if error else None
        told = f"The trace is in {path}." if path else "Its trace could not be written."
        from rich.text import Text

        name = type(error).__name__ if error else "error"
        self._exit_renderables.append(Text(f"destui ended because of a fault of its own ({name}). {told}"))
        self._close_messages_no_wait()

    # Keys.

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes wait for their turn."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self.held_keys.take(event)
            return
        if isinstance(event, events.MouseDown) and not event.is_forwarded:
            self._hush()
        await super().on_event(event)

    async def _hand_on(self, event: events.Event) -> None:
        """To what has the focus."""
        if isinstance(event, events.Key):
            self._hush()
        await super().on_event(event)

    def _hush(self) -> None:
        """A message stays until the next key or click."""
        for screen in self.screen_stack:
            if isinstance(screen, ActionHost):
                screen.hush()

    def refresh_css(self, animate: bool = True) -> None:
        """Textual reads all styling twice while it starts; nothing has changed then."""
        if self._begun:
            super().refresh_css(animate=animate)

    def action_redraw(self) -> None:
        """Draw everything again, whatever other programs wrote over it."""
        self.redraw()

    def action_command_palette(self) -> None:
        """The palette, with a footer of its own."""
        from destui.tui.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def redraw(self) -> None:
        """Draw everything again, whatever other programs wrote over it."""
        if self._driver is not None:
            self._driver.write("\x1b[2J")
        self.screen.refresh(layout=True)
        for widget in self.screen.walk_children():
            widget.refresh()

    async def action_quit(self) -> None:
        """ctrl+q quits, but not over something typed and not saved."""
        form = getattr(self.screen, "form", None)
        if isinstance(self.screen, ActionHost) and form is not None and form.is_dirty:
            self.screen.say("What you typed is not saved. Save it, or leave the form with escape first.")
            return
        self.exit()

    def action_help(self) -> None:
        """Help, also where letters are typed."""
        if isinstance(self.screen, ActionHost):
            self.screen.show_help()

    def action_interrupt(self) -> None:
        """ctrl+c does not end the program."""
        if isinstance(self.screen, ActionHost):
            self.screen.say("ctrl+c copies where text is selected. q quits; what runs goes on in the worker.")

    def copy_to_clipboard(self, text: str) -> None:
        """Hand a text to the terminal's clipboard (OSC 52, through tmux too). A secret field's text never goes."""
        if getattr(self.focused, "password", False):
            if isinstance(self.screen, ActionHost):
                self.screen.say("A secret is not copied.")
            return
        self._clipboard = text
        if self._driver is None:
            return
        code = f"\x1b]52;c;{base64.b64encode(text.encode('utf-8', 'replace')).decode()}\x07"
        self._driver.write(code)
        if os.environ.get("TMUX"):
            escaped = code.replace("\x1b", "\x1b\x1b")
            self._driver.write(f"\x1bPtmux;{escaped}\x1b\\")

    def show_page(self, name: str) -> None:
        """One of the left menu's pages, from its top."""
        if name != self.current_mode:
            self.switch_mode(name)
        while len(self.screen_stack) > 1:
            self.pop_screen()

    # The store.

    def on_store_changed(self, event: StoreChanged) -> None:
        """Hand it to every screen; the hidden ones show it when they come back."""
        for screen in self._all_screens():
            screen.store_changed(event.changes)
        self.following.look(event.changes)
        self.announcing.look(event.changes)
        if any(change.entity == "worker" for change in event.changes):
            self.serving.look()

    def on_store_lost(self, event: StoreLost) -> None:
        """Show it, keep all that is shown."""
        self._lost = self._lost or (event.sentence, self.clock())
        self._show_trouble(Trouble.store_away(event.sentence, self._lost[1], self.zone), "no answer")

    def on_store_unwritable(self, event: StoreUnwritable) -> None:
        """Show it; what is shown stays current."""
        self._lost = self._lost or (event.sentence, self.clock())
        was_stale = self.trouble is not None and self.trouble.stale
        self._show_trouble(Trouble.store_unwritable(event.sentence, self._lost[1], self.zone), "not writable")
        if was_stale:
            self._reread()

    def store_lost(self, sentence: str) -> None:
        """The store does not answer, or could not be written: a banner, and tries until it does and can. Of the
        embedded one the watch looks first, which of the two it is."""
        self._lost = self._lost or (sentence, self.clock())
        if self._watch is not None:
            self._watch.report_lost()
        if self._watch is None or self.config.store_path is None:
            self.on_store_lost(StoreLost(sentence))

    def on_store_back(self, event: StoreBack) -> None:
        """Reread everything."""
        lost, self._lost = self._lost, None
        if lost and self.trouble and self.trouble.of_store:
            self._unsay(lost[0])
        elif lost and isinstance(self.screen, ActionHost):
            self.screen.say(lost[0])  # it was over before there was a banner, and something was not done
        if self.trouble and self.trouble.refusal:
            self._unsay(self.trouble.refusal)
        self.trouble = None
        self._show_state()
        self._reread()
        self.serving.look()

    def _show_trouble(self, trouble: Trouble, worker: str) -> None:
        if trouble != self.trouble:
            self.foot, self.trouble = replace(self.foot, worker=worker), trouble
            self._show_state()

    def _reread(self) -> None:
        for screen in self._all_screens():
            screen.reread()

    def _unsay(self, sentence: str) -> None:
        for screen in self._all_screens():
            screen.unsay(sentence)

    def try_store_now(self) -> None:
        """Do not wait for the next try."""
        if self._watch is not None:
            self._watch.try_now()

    def show_serving(self, words: str, trouble: Trouble | None) -> None:
        """How the work of this store is done, for the menu's foot, and what is in its way."""
        self.foot, self.trouble = replace(self.foot, worker=words), trouble
        self._show_state()

    def _show_state(self) -> None:
        for screen in self._all_screens():
            if isinstance(screen, BaseScreen):
                screen.show_state(self.foot, self.trouble)
            screen.update_footer()

    def _all_screens(self) -> list[ActionHost[Any]]:
        return [s for stack in self._screen_stacks.values() for s in stack if isinstance(s, ActionHost)]


def run(config: Config, *, read_only: bool = False, filter: str = "") -> int:
    """Run the interface; returns the exit code. Raises StoreUnavailable when the store cannot be opened."""
    gc.disable()
    config.prepare()
    app = DestuiApp(config, read_only=read_only, filter=filter)
    app.run()
    if app.refused is not None:
        raise app.refused
    return app.return_code or 0
