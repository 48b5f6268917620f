"""What every screen and dialog has: the actions it offers, the footer made of them, the message line."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.keys import key_to_character
from textual.reactive import Reactive
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from destui.domain.errors import DestuiError, InvalidInput, StoreUnavailable
from destui.faults import record
from destui.tui import actions
from destui.tui.actions import Action
from destui.tui.background import in_thread
from destui.tui.text import when
from destui.tui.widgets.chrome import Banner, Foot, Menu, MenuChosen, Trouble
from destui.tui.widgets.footer import Footer, Key
from destui.tui.widgets.message_line import Notice

if TYPE_CHECKING:
    from destui.domain.event import Change
    from destui.services.context import Context
    from destui.tui.app import DestuiApp

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")


class ActionHost(Screen[T]):
    """Offers actions of the registry. A subclass lists them in `ACTIONS`, in the order of the help; all else
    (bindings, footer, reasons) follows from that list."""

    ACTIONS: ClassVar[tuple[Action, ...]] = ()
    SECTIONS: ClassVar[Mapping[str, str]] = {}
    """What a section of the help is called here, where it is not called what its actions say."""
    is_ready = True
    """Keys typed ahead are for it as soon as it is shown; otherwise once it has called `become_ready`."""
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [(0, "-narrow"), (100, "-roomy")]  # type: ignore[misc]
    VERTICAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [(0, "-flat"), (20, "-low"), (30, "-tall")]  # type: ignore[misc]

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """The widget with the focus. Textual draws the whole screen again when it moves; the two widgets do it alone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # Textual sets these at the first resize, which would draw everything twice.
        width, height = self.app.size
        for size, breakpoints in ((width, self.HORIZONTAL_BREAKPOINTS), (height, self.VERTICAL_BREAKPOINTS)):
            if fitting := [name for least, name in breakpoints or () if size >= least]:
                self.add_class(fitting[-1], update=False)

    def __init_subclass__(cls, **options: Any) -> None:
        if "ACTIONS" in cls.__dict__:
            cls.BINDINGS = [*cls.__dict__.get("BINDINGS", []), *actions.bindings_of(cls.ACTIONS)]
        super().__init_subclass__(**options)

    @property
    def destui(self) -> DestuiApp:
        """The application."""
        return cast("DestuiApp", self.app)

    @property
    def ctx(self) -> Context:
        """The opened store and vault. Raises StoreUnavailable before the first answer of the store."""
        return self.destui.ctx

    def offered(self) -> tuple[Action, ...]:
        """The actions that exist here: without those that change something, when nothing may be changed."""
        read_only = self.destui.read_only
        return tuple(a for a in self.ACTIONS if self.applies(a) and not (read_only and a.changes))

    def applies(self, action: Action) -> bool:
        """Whether it is about what is at hand: of actions with the same key one at most is."""
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """An action that the settings leave without a key does not take it."""
        if action == "do":
            return any(a.id == parameters[0] and self.destui.keymap.keys(a) and self.applies(a) for a in self.ACTIONS)
        return super().check_action(action, parameters)

    def become_ready(self) -> None:
        """Now it has read what keys are about."""
        self.is_ready = True
        self.destui.held_keys.shown(self)

    def reason(self, action: Action) -> str | None:
        """Why it cannot be done now, as a sentence."""
        return action.disabled_reason(self) or (self.refusal if action.changes else None)

    @property
    def refusal(self) -> str | None:
        """Why nothing can be written now, as a sentence."""
        trouble = self.destui.trouble
        return trouble.refusal or None if trouble else None

    async def action_do(self, action_id: str) -> None:
        """Do it, or say why not."""
        action = next((a for a in self.ACTIONS if a.id == action_id), None)
        if action is None:
            return
        if action not in self.offered():
            self.say("This session is read-only: it was started with --read-only.")
            return
        is_open = self.destui.is_open.is_set()
        if (reason := self.reason(action)) and is_open:
            self.say(reason)
            return
        try:
            result = action.run(self) if reason is None else self._once_open(action)
        except StoreUnavailable:
            result = self._once_open(action)
        if inspect.iscoroutine(result):
            if action.opens:
                result = self._holding_keys(result, self.destui.held_keys.hold())
            self.run_worker(self._perform(action, result), group="actions", description=action.id, exit_on_error=False)

    async def _holding_keys(self, result: Coroutine[Any, Any, object], hold: int) -> None:
        """What is typed after it waits."""
        try:
            await result
        finally:
            self.destui.held_keys.let_go(hold)

    async def _perform(self, action: Action, result: Coroutine[Any, Any, object]) -> None:
        try:
            await result
        except StoreUnavailable as error:
            if self.destui.is_open.is_set():
                self.destui.store_lost(str(error))
            else:
                again = self._once_open(action)
                await (self._holding_keys(again, self.destui.held_keys.hold()) if action.opens else again)

    async def _once_open(self, action: Action) -> None:
        """A key that came before the store was open is not lost: it is done once the store has answered."""
        await self.destui.is_open.wait()
        if reason := self.reason(action):
            self.say(reason)
        elif inspect.isawaitable(result := action.run(self)):
            await result

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A fault of our own in what this screen does is told and logged; what was typed stays."""
        error = event.worker.error
        if event.state is WorkerState.ERROR and error is not None:
            path = record(self.destui.config, error, self.destui.clock())
            trace = f" The trace is in {path}." if path else ""
            self.say(f"That did not work, because of a fault in destui: {type(error).__name__}.{trace}")

    def key(self, action: Action) -> str:
        """What the key of an action is called; empty when it is not offered or has none."""
        return self._label(self._keys(action))

    @property
    def details_of(self) -> str | None:
        """The id of the destination whose details are open here."""
        return None

    def key_now(self, action: Action) -> str:
        """The same, but where letters are typed one that is none."""
        keys = self._keys(action)
        return self._label([k for k in keys if not _is_letter(k)] if isinstance(self.focused, Input) else keys)

    def _keys(self, action: Action) -> Sequence[str]:
        return self.destui.keymap.keys(action) if action in self.offered() else ()

    def _label(self, keys: Sequence[str]) -> str:
        return actions.key_label(keys[0], self.app.has_class("-ascii")) if keys else ""

    def footer_actions(self) -> Iterable[Action]:
        """What the footer may show, most used first. The default: all, as listed."""
        return self.ACTIONS

    def footer_keys(self) -> list[Key]:
        """The footer's entries now: only what works, and pinned ones."""
        keys = []
        for action in self.footer_actions():
            enabled = self.reason(action) is None
            if (enabled or action.pinned) and (label := self.key_now(action)):
                keys.append(Key(action.id, label, action.title_for(self), enabled, action is actions.HELP))
        return keys

    def update_footer(self) -> None:
        """Call it when what can be done may have changed. A screen that is being made is filled when it is shown."""
        if not self.is_mounted:
            return
        for footer in self.query(Footer):
            footer.show_keys(self.footer_keys())

    def say(self, sentence: str, *, good: bool = False) -> None:
        """Show a sentence in the message line, until the next key."""
        for footer in self.query(Footer):
            footer.show_notice(Notice(sentence, good))

    def refused(self, error: DestuiError) -> None:
        """Tell why something could not be done; what was typed stays."""
        if isinstance(error, StoreUnavailable):
            self.destui.store_lost(str(error))
        self.say(str(error))

    def unsay(self, sentence: str) -> None:
        """Take this sentence away, if it is still there: it is true no more."""
        for footer in self.query(Footer):
            if footer.notice is not None and footer.notice.sentence == sentence:
                footer.show_notice(None)

    def hush(self) -> None:
        """Take the message away: a key was pressed."""
        for footer in self.query(Footer):
            footer.show_notice(None)

    def when(self, moment: datetime) -> str:
        """A moment as a clock time in the user's zone."""
        return when(moment, self.destui.clock(), self.destui.zone)

    def store_changed(self, changes: list[Change]) -> None:
        """Others (or the worker) changed these rows of the store. Reread what is shown of them."""

    def reread(self) -> None:
        """The store answers again after it was away. Reread all that is shown."""

    async def attempt(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R | None:
        """Call a service in a thread. What it refuses is said in the message line (then the result is None); when
        the store does not answer the banner comes."""
        try:
            return await in_thread(function, *args, **kwargs)
        except StoreUnavailable as error:
            self.destui.store_lost(str(error))
        except InvalidInput as error:
            self.say(" ".join(problem.message for problem in error.problems))
        except DestuiError as error:
            self.say(str(error))
        return None

    def dismiss(self, result: T | None = None) -> Any:
        """End this screen with a result, also while another lies over it (help, palette): Textual would take away the
        one on top instead."""
        if self.is_attached and not self.is_active and self in self.app.screen_stack:
            self.pop_until_active()
        return super().dismiss(result)

    def back_title(self) -> str:
        """What escape does now, in the footer's words."""
        return "Back"

    def go_back(self) -> object:
        """Escape: to the screen below; from a page of the menu to the first one."""
        if len(self.app.screen_stack) > 1:
            self.dismiss()
        else:
            self.destui.show_page(self.destui.DEFAULT_MODE)
        return None

    def show_help(self) -> None:
        """Keys that work here."""
        from destui.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self))

    def on_detail_pane_fitted(self) -> None:
        """Whether details can be scrolled shows in the footer."""
        self.call_after_refresh(self.update_footer)

    def on_descendant_focus(self) -> None:
        """What keys do depends on the focus."""
        self.call_after_refresh(self.update_footer)  # what has it may still be being made

    async def on_footer_clicked(self, event: Footer.Clicked) -> None:
        """A click on the footer is the key."""
        await self.action_do(event.action)

    async def on_menu_chosen(self, event: MenuChosen) -> None:
        """A click on the menu is the key."""
        await self.action_do(event.action)


def _is_letter(key: str) -> bool:
    return key == "plus" or (key_to_character(key) or "\n").isprintable()


class BaseScreen(ActionHost[T]):
    """A full screen: menu left, banner and content, footer. A subclass composes its content."""

    MENU: ClassVar[str] = "destinations"
    """The current item of the menu: the id of its action."""
    ACTIONS: ClassVar[tuple[Action, ...]] = actions.EVERYWHERE

    def compose(self) -> ComposeResult:
        """The frame."""
        yield Menu(self.MENU)
        yield Footer()
        with Vertical(id="content"):
            yield Banner()
            yield from self.compose_content()

    def compose_content(self) -> ComposeResult:
        """What this screen is about."""
        yield from ()

    def on_mount(self) -> None:
        """Show how store and worker are."""
        self.show_state(self.destui.foot, self.destui.trouble)
        self.update_footer()

    def on_screen_resume(self) -> None:
        """Show what may have changed while it was hidden; the first time there is nothing to show it in yet."""
        self.destui.held_keys.shown(self)
        if self.is_mounted:
            self.show_state(self.destui.foot, self.destui.trouble)
            self.update_footer()

    def show_state(self, foot: Foot, trouble: Trouble | None) -> None:
        """The state of store and worker: the menu's foot and the banner."""
        for menu in self.query(Menu):
            menu.show_foot(foot)
        for banner in self.query(Banner):
            banner.show(trouble)


class BaseDialog(ModalScreen[T], ActionHost[T]):
    """A dialog over the screen, with a footer of its own. A subclass composes its panel (class `panel`)."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (actions.BACK,)

    def compose(self) -> ComposeResult:
        """The panel above the footer."""
        yield Footer()
        yield from self.compose_panel()

    def compose_panel(self) -> ComposeResult:
        """The dialog itself."""
        yield from ()

    def on_screen_resume(self) -> None:
        """The footer needs the whole dialog, so it is filled once that is there."""
        self.destui.held_keys.shown(self)
        self.update_footer()

    def go_back(self) -> None:
        """Escape closes it without a result."""
        self.dismiss(None)
