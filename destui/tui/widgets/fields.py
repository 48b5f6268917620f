"""Fields of a form: a line of text, a secret, a choice; and the row that labels one and says what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Select, Static

from destui.domain.secret import Secret
from destui.domain.url import looks_like_url
from destui.tui.glyphs import UNICODE
from destui.tui.text import clean
from destui.tui.widgets.reversing import WholeCurrent, WholeOverlay
from destui.tui.widgets.visible import Visible, VisibleUrl


class CopyRefused(Message):
    """Somebody tried to copy a secret."""


class TextField(Input):
    """One line of text. With `takes_url`, a connection URL pasted into it, or typed and left, is handed up whole:
    it may hold a password, so nothing of it but the scheme is ever shown."""

    @dataclass
    class UrlGiven(Message):
        """A URL was pasted, or typed and left."""

        field: TextField
        url: Secret

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        takes_url: bool = False,
        mask: str = UNICODE.active,
        id: str | None = None,
    ) -> None:
        highlighter = VisibleUrl(mask) if takes_url else Visible()
        super().__init__(value, placeholder, highlighter, select_on_focus=False, id=id)
        # A blinking caret writes to an idle terminal.
        self.cursor_blink = False
        self.takes_url = takes_url

    @property
    def url(self) -> Secret:
        """The URL that stands in it; empty where none does."""
        return Secret(self.value.strip() if self.takes_url and looks_like_url(self.value) else "")

    def on_paste(self, event: events.Paste) -> None:
        """Take a URL apart instead of showing it."""
        if self._take(event.text):
            event.stop()
            event.prevent_default()

    def on_blur(self) -> None:
        """A URL that was typed is taken when the field is left."""
        self._take(self.value)

    def action_copy(self) -> None:
        """A URL that may hold a password is not copied."""
        if self.url:
            self.post_message(CopyRefused())
        else:
            super().action_copy()

    def action_cut(self) -> None:
        """A URL that may hold a password is taken away, and not copied."""
        if self.url:
            self.delete_selection()
            self.post_message(CopyRefused())
        else:
            super().action_cut()

    def action_paste(self) -> None:
        """Paste what was copied in this program."""
        if not self._take(self.app.clipboard):
            super().action_paste()

    def _take(self, text: str) -> bool:
        if not (self.takes_url and looks_like_url(text)):
            return False
        self.post_message(self.UrlGiven(self, Secret(text.strip())))
        return True


class SecretField(Input):
    """A write-only field. The widget itself holds a mask; the text is kept in a `Secret`, so that neither the
    screen, the clipboard, a message nor a crash report can have it."""

    def __init__(self, *, placeholder: str = "", mask: str = UNICODE.active, id: str | None = None) -> None:
        self._secret = Secret("")
        self._mask = mask
        super().__init__(None, placeholder, select_on_focus=False, id=id)
        self.cursor_blink = False

    @property
    def secret(self) -> Secret:
        """What was typed."""
        return self._secret

    def fill(self, secret: Secret) -> None:
        """Put a secret in, as if it had been typed."""
        self.value = secret.reveal()
        self.cursor_position = len(self.value)

    def validate_value(self, value: str) -> str:
        """Keep what is assigned, and hand the mask on."""
        self._secret = Secret(value)
        return self._mask * len(value)

    def replace(self, text: str, start: int, end: int) -> None:
        """Every edit comes through here: it is done on the secret, not on the mask."""
        kept = self._secret.reveal()
        start, end = sorted((max(0, start), min(len(kept), end)))
        self.value = kept[:start] + text + kept[end:]
        self.cursor_position = start + len(text)

    def on_paste(self, event: events.Paste) -> None:
        """Paste whole: a private key has many lines."""
        event.stop()
        event.prevent_default()
        self.replace(event.text.replace("\r\n", "\n").replace("\r", "\n").strip("\n"), *self.selection)

    def action_copy(self) -> None:
        """A secret is not copied."""
        self.post_message(CopyRefused())

    def action_cut(self) -> None:
        """Take the selection away; it is not copied."""
        self.delete_selection()
        self.post_message(CopyRefused())


class ChoiceField(Select[str]):
    """One of a few words, opened by enter, space or a click; left and right take the one before or after."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
    ]

    def __init__(
        self, choices: Iterable[str], value: str, *, arrow: str = UNICODE.choice, id: str | None = None
    ) -> None:
        self.choices = tuple(choices)
        self._arrow = arrow
        self._first = value if value in self.choices else self.choices[0]
        super().__init__(((Text(c), c) for c in self.choices), allow_blank=False, value=self._first, id=id)

    def compose(self) -> ComposeResult:
        """With the marks of the style guide."""
        yield WholeCurrent(self.prompt, self._arrow)
        yield WholeOverlay(type_to_search=self._type_to_search).data_bind(compact=Select.compact)

    @property
    def chosen(self) -> str:
        """The word chosen; Select itself has none until it is mounted."""
        return self.value if isinstance(self.value, str) else self._first

    def action_step(self, by: int) -> None:
        """Take the next or the last choice."""
        self.value = self.choices[(self.choices.index(self.chosen) + by) % len(self.choices)]


Control = TextField | SecretField | ChoiceField


ROW = "field-row"
"""The class of a field together with what is told under it."""


class FieldRow(Vertical):
    """A label, its field, and under them what helps or what is wrong."""

    def __init__(self, name: str, label: str, control: Control, *, help: str = "") -> None:
        super().__init__(classes=ROW, name=name)
        self.field = name
        self.label = label
        self.control = control
        self.help = help
        self.problem = ""
        self.touched = False
        """Edited or left by the user: only then are its problems told before saving."""
        self._note = Static(classes="field-note", markup=False)
        self._noted: str | None = None

    def compose(self) -> ComposeResult:
        """Label and field on one row, the note under it."""
        with Horizontal(classes="field-line"):
            yield Static(self.label, classes="field-label", markup=False)
            yield self.control
        yield self._note

    def on_mount(self) -> None:
        """Show the help from the start."""
        self._show_note()

    def say(self, *, problem: str | None = None, help: str | None = None) -> None:
        """Change what stands under the field; an empty problem shows the help again."""
        if problem is not None:
            self.problem = problem
        if help is not None:
            self.help = help
        self._show_note()

    @property
    def value(self) -> str:
        """What the field holds; of a secret, the mask."""
        return self.control.chosen if isinstance(self.control, ChoiceField) else self.control.value

    @property
    def url(self) -> Secret:
        """The URL that was typed into it; empty where none was."""
        return self.control.url if isinstance(self.control, TextField) else Secret("")

    @property
    def secret(self) -> Secret:
        """What a secret field holds; empty for others."""
        return self.control.secret if isinstance(self.control, SecretField) else Secret("")

    @on(Input.Changed)
    @on(Select.Changed)
    def _changed(self) -> None:
        self.touched = self.touched or self.control.has_focus

    def _show_note(self) -> None:
        text = clean(f"! {self.problem}" if self.problem else self.help)
        if text == self._noted:
            return  # a note that stays the same must not lay the form out again at every key
        self._noted = text
        self._note.set_class(bool(self.problem), "-problem")
        self._note.set_class(not text, "-empty")
        self._note.update(text)
