"""Setting up a load, and changing one: what is read, where it goes, how and when, with a look at the first rows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import available_timezones

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input

from destui.domain.destination import Destination
from destui.domain.errors import Conflict, DestuiError, InvalidInput, Problem, StoreUnavailable
from destui.domain.event import Change
from destui.domain.loads import Mode, Preview
from destui.domain.orders import OrderDraft
from destui.tui.actions import Action
from destui.tui.background import in_thread
from destui.tui.dialogs.asked_previews import AskedPreviews
from destui.tui.dialogs.base import NEXT_FIELD, Dialog, PanelHead, put_in_place
from destui.tui.dialogs.choose_type import HELP
from destui.tui.dialogs.leave import ConflictDialog, LeaveDialog
from destui.tui.dialogs.setup_actions import ALL, LEAVE, MORE, PREVIEW, SAVE, SAVE_AND_RUN
from destui.tui.patience import telling
from destui.tui.screens import load_services
from destui.tui.text import cut
from destui.tui.widgets import load_form, preview_words
from destui.tui.widgets.button import FlatButton
from destui.tui.widgets.field_scroll import FieldScroll
from destui.tui.widgets.footer import Key
from destui.tui.widgets.load_form import LoadForm
from destui.tui.widgets.load_times import moment_words
from destui.tui.widgets.preview import NextTimes, PreviewLines, PreviewNote

if TYPE_CHECKING:
    from destui.services.context import Context
    from destui.services.loads import Saved

PAUSE = 0.2
"""Seconds without a key before the store is asked whether a name is in use."""
BEFORE = "This is of before the last change. "


@dataclass(frozen=True)
class SetUp:
    """What was saved, the run that was asked for with it, and a sentence about both."""

    order_id: str
    run_id: str | None
    name: str
    told: str


class SetupLoadDialog(Dialog[SetUp]):
    """Ends with what was saved, or None. `draft` is what it begins with; with an `order_id` it changes that order."""

    ACTIONS: ClassVar[tuple[Action, ...]] = ALL

    def __init__(self, ctx: Context, destination: Destination, draft: OrderDraft | None = None) -> None:
        editing = draft is not None and draft.order_id is not None
        what = f"Edit {draft.name}" if draft is not None and editing else "Set up a load"
        super().__init__(ctx, f"{what} into {destination.name}", destination.type)
        self.destination = destination
        self._draft = draft or OrderDraft(destination.id, "", "", "", tz=ctx.config.timezone)
        self._saving = False
        self._asked = AskedPreviews(self)
        self._preview_id: str | None = None
        self._seen: tuple[OrderDraft, Preview] | None = None
        """The last preview, and what it was of."""
        self._found = ""
        """What it has found out, in a few words."""
        self._ids: dict[str, str] = {}
        """Ids of the destinations that can be read."""
        self._tables_asked: set[str] = set()

    def compose_panel(self) -> ComposeResult:
        """Form and next times, preview, buttons."""
        title, kind = self._head
        with Vertical(classes="panel -wide", id="setup-load"):
            yield PanelHead(title, kind)
            with Horizontal(id="setup-top"):
                yield FieldScroll(LoadForm(self._draft, now=self.destui.clock()), id="setup-form")
                yield NextTimes(id="next-times")
            yield PreviewNote(id="preview-note")
            yield VerticalScroll(PreviewLines(), id="setup-preview", can_focus=False)
            yield Horizontal(*self.buttons(), classes="panel-buttons")

    def buttons(self) -> Iterable[FlatButton]:
        """The primary first."""
        yield FlatButton("Save", "primary", id="save")
        yield FlatButton("Save and run", id="save-and-run")
        yield FlatButton("Preview", id="preview")
        yield FlatButton("Cancel", id="leave")

    def on_mount(self) -> None:
        """Begin at the source, which comes first in one's head; read what completes it."""
        self.form.controls[load_form.SOURCE if self._draft.source == "" else load_form.NAME].focus()
        self._show_times()
        self._read_names()
        if self._draft.source:
            self.look()

    @property
    def form(self) -> LoadForm:
        """The form."""
        return self.query_one(LoadForm)

    def footer_actions(self) -> Iterable[Action]:
        """Those that work here, the most used first."""
        return (SAVE, SAVE_AND_RUN, PREVIEW, MORE, NEXT_FIELD, LEAVE, HELP)

    def footer_keys(self) -> list[Key]:
        """How to leave, and help, always fit; in the preview, how to come to its other columns."""
        keys = [replace(key, pinned=key.action in (LEAVE.id, HELP.id)) for key in super().footer_keys()]
        preview = self.focused
        sideways = isinstance(preview, PreviewLines) and preview.can_focus
        return [Key("", "left right", "Columns"), *keys] if sideways else keys

    def busy_reason(self) -> str | None:
        """Why it cannot be saved now."""
        return "It is being saved." if self._saving else None

    def show_more(self) -> None:
        """Show the fields that are rarely changed."""
        self.form.show_more()
        self.update_footer()

    def scroll_preview(self, rows: int) -> None:
        """Scroll the preview."""
        self.query_one("#setup-preview").scroll_relative(y=rows, animate=False)

    def sideways(self, columns: int) -> None:
        """Scroll the preview sideways."""
        self.query_one(PreviewLines).sideways(columns)

    # Leaving

    def on_unmount(self) -> None:
        """Nobody looks at a preview any more."""
        if (open_ := self._preview_id) is not None and self._asked.give_up(open_):
            self.app.run_worker(in_thread(load_services.cancel_preview, self.ctx, open_), exit_on_error=False)

    def go_back(self) -> None:
        """Escape asks where something typed would be lost."""
        if self.form.is_dirty:
            self._leave()
        else:
            self.dismiss(None)

    @work(exclusive=True, group="leave", exit_on_error=False)
    async def _leave(self) -> None:
        if await self.app.push_screen_wait(LeaveDialog(self.ctx, "The load order is not saved.")):
            self.dismiss(None)

    # Saving

    def save(self, *, run: bool = False) -> None:
        """Save it, and run it where asked."""
        draft = self.form.read()
        if problem := self._wrong_key(draft):
            self.form.show_problems([problem])
        else:
            self._save(draft, run)

    def _wrong_key(self, draft: OrderDraft) -> Problem | None:
        """Where a preview has shown the source's columns, a key is one of them."""
        if self._seen is None or draft.mode is not Mode.MERGE:
            return None
        seen, preview = self._seen
        names = [column.name for column in preview.columns]
        missing = [name for name in draft.key if name not in names]
        if not names or not missing or (seen.source, seen.options) != (draft.source, draft.options):
            return None
        return Problem(load_form.KEY, f"The source has no column {missing[0]}; it has {cut(', '.join(names), 60)}.")

    @work(exclusive=True, group="save", exit_on_error=False, description="save a load order")
    async def _save(self, draft: OrderDraft, run: bool) -> None:
        self._saving = True
        try:
            with telling(self, "Saving the load order…"), self.destui.held_keys.held():
                saved = await in_thread(load_services.save, self.ctx, draft, run)
                self.dismiss(SetUp(saved.order_id, saved.run_id, draft.name, self._told(draft, saved)))
        except InvalidInput as error:
            if others := self.form.show_problems(error.problems):
                self.say(" ".join(others))
        except Conflict as error:
            self._settle(error)
        except DestuiError as error:
            self._refused(error)
        finally:
            self._saving = False
            self.update_footer()

    def _refused(self, error: DestuiError) -> None:
        if isinstance(error, StoreUnavailable):
            self.destui.store_lost(str(error))
        self.say(str(error))

    def _told(self, draft: OrderDraft, saved: Saved) -> str:
        if saved.joined:
            return f"{draft.name} is saved. What runs goes on with the settings before; n runs it again afterwards."
        if saved.run_id is not None:
            return f"{draft.name} is saved and being loaded."
        if saved.paused:
            return f"{draft.name} is saved. It is paused, until p resumes it."
        if self.form.times:
            return f"{draft.name} is saved. It runs next {moment_words(self.form.times[0], self.destui.clock())}."
        return f"{draft.name} is saved. n on its row runs it."

    @work(exclusive=True, group="settle", exit_on_error=False)
    async def _settle(self, conflict: Conflict) -> None:
        """Somebody changed it first: take theirs, or go over it knowingly."""
        theirs = await self.app.push_screen_wait(ConflictDialog(self.ctx, str(conflict)))
        if not theirs:
            self.form.draft = replace(self.form.draft, version=conflict.version)
            return
        if found := await self.attempt(load_services.some, self.ctx, [self._draft.order_id or ""]):
            now = found[0].draft
            await put_in_place(self.form, LoadForm(now, now=self.destui.clock()))
            self.form.controls[load_form.NAME].focus()
            self._tables_asked.clear()
            self._give_names()
            self._show_times()
            self._read_names()

    # Looking

    def look(self) -> None:
        """Have the worker look at the source and the table."""
        if self.form.value(load_form.SOURCE).strip():
            self._look(self.form.read())
        else:
            self.form.show_problems([Problem(load_form.SOURCE, "A source is required for a preview.")])

    @work(exclusive=True, group="look", exit_on_error=False, description="preview")
    async def _look(self, draft: OrderDraft, *, by_itself: bool = False) -> None:
        """What is shown stays, and is said to be of before, until the new one comes."""
        lines = self.query_one(PreviewLines)
        self._forget_preview()
        self.form.forget(load_form.SOURCE, load_form.TABLE)
        try:
            asked = await in_thread(load_services.ask_preview, self.ctx, draft)
        except DestuiError as error:
            lines.show(lines.preview)
            if not isinstance(error, InvalidInput):
                self._refused(error)
            elif by_itself:
                self.form.mark(error.problems)
            else:
                self.form.show_problems(error.problems)
        else:
            lines.show(lines.preview, "" if lines.preview is not None else "Looking at the source…")
            self._preview_id = asked
            self._asked.wait_for(asked, lambda preview: self._looked(draft, preview))
        self._show_note()

    def _show_note(self) -> None:
        """Whether the preview is of what stands in the form now."""
        lines, warning = self.query_one(PreviewLines), ""
        if lines.preview is not None:
            old = self._seen is not None and _looked_at(self._seen[0]) != _looked_at(self.form.read())
            if self._preview_id is not None:
                warning = (
                    "This is of before the last change. It is looked at again." if old else "It is looked at again."
                )
            elif old:
                warning = f"{BEFORE}{self.key(PREVIEW)} looks again."
        self.query_one(PreviewNote).show(self._found, warning)

    def _forget_preview(self) -> None:
        old, self._preview_id = self._preview_id, None
        if old is not None and self._asked.give_up(old):
            self.run_worker(self._cancel(old), group="cancel", exit_on_error=False)

    async def _cancel(self, preview_id: str) -> None:
        await self.attempt(load_services.cancel_preview, self.ctx, preview_id)

    def _looked(self, draft: OrderDraft, preview: Preview) -> None:
        """It may have come after another source or table was typed."""
        self._preview_id = None
        self._seen = draft, preview
        self._previewed(preview)
        now = self.form.read()
        if now.source != draft.source:
            self.form.forget(load_form.SOURCE, load_form.TABLE)
        elif now.table != draft.table:
            self.form.forget(load_form.TABLE)

    def _previewed(self, preview: Preview) -> None:
        self.query_one(PreviewLines).show(preview)
        self.query_one("#setup-preview").scroll_home(animate=False)
        self._found = ""
        if preview.columns:
            is_file = self.form.source.is_file
            self._found = preview_words.found_words(preview, is_file=is_file)
            if table := preview_words.table_words(preview):
                self.form.tell(load_form.TABLE, table)
            self.form.tell(load_form.SOURCE, preview_words.source_words(preview, is_file=is_file))
        self._show_note()
        self.update_footer()

    def store_changed(self, changes: list[Change]) -> None:
        """A preview may have come."""
        self._asked.hear(changes)

    def reread(self) -> None:
        """The store answers again."""
        self._asked.collect()

    # What completes

    @work(exclusive=True, group="names", exit_on_error=False)
    async def _read_names(self) -> None:
        found = await self.attempt(load_services.sources, self.ctx)
        self._ids = dict(found or [])
        self._give_names()
        zones = await in_thread(lambda: sorted(available_timezones()))
        self.form.know_zones(zones)
        asked = await self.attempt(load_services.ask_tables, self.ctx, self.destination.id)
        if asked is not None:
            self._asked.wait_for(asked, self._tables_came)

    def _tables_came(self, preview: Preview) -> None:
        """What completes the table; and, before anything is typed, whether a run may make its own."""
        self.form.know_tables(preview.tables)
        lines, found = self.query_one(PreviewLines), preview.diagnosis
        if found is not None and found.code == load_services.NO_MARKERS and lines.is_empty:
            lines.show(preview)

    def _give_names(self) -> None:
        self.form.source.words = tuple(self._ids)

    def _read_source_tables(self) -> None:
        """A destination's name stands in the source: what tables has it."""
        name = self.form.source.destination(self.form.source.value)
        if name in self._ids and name not in self._tables_asked:
            self._tables_asked.add(name)
            self.run_worker(self._ask_source_tables(name), group="source-tables", exit_on_error=False)

    async def _ask_source_tables(self, name: str) -> None:
        asked = await self.attempt(load_services.ask_tables, self.ctx, self._ids[name])
        if asked is not None:
            self._asked.wait_for(asked, lambda preview: self.form.source.learn({name: preview.tables}))

    # What happens

    @on(LoadForm.Edited)
    def _edited(self, event: LoadForm.Edited) -> None:
        if event.field in (load_form.CRON, load_form.TZ):
            self._show_times()
        elif event.field == load_form.SOURCE:
            self.form.forget(load_form.SOURCE, load_form.TABLE)
            self._read_source_tables()
        elif event.field == load_form.TABLE:
            self.form.forget(load_form.TABLE)
        elif event.field == load_form.NAME:
            self._look_up(self.form.value(load_form.NAME))
        if event.field in load_form.LOOKED_AT:
            self._show_note()

    @on(LoadForm.Left)
    def _left(self, event: LoadForm.Left) -> None:
        """A look costs little, so it comes by itself once source and table stand there, or one has been asked for."""
        draft = self.form.read()
        if event.field in load_form.LOOKED_AT and draft.source and (draft.table or self._seen is not None):
            self._look(draft, by_itself=True)

    def _show_times(self) -> None:
        self.query_one(NextTimes).show(self.form.times, self.destui.clock())

    @work(exclusive=True, group="name", exit_on_error=False)
    async def _look_up(self, name: str) -> None:
        await asyncio.sleep(PAUSE)
        try:
            taken = bool(name) and await in_thread(load_services.name_taken, self.ctx, name, self._draft.order_id)
        except DestuiError:
            return  # told by the banner, and again when it is saved
        self.form.show_name_taken(name, taken)

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.focus_next()

    @on(FlatButton.Pressed)
    async def _pressed(self, event: FlatButton.Pressed) -> None:
        event.stop()
        does = {"save": SAVE, "save-and-run": SAVE_AND_RUN, "preview": PREVIEW}
        await self.action_do(does.get(event.button.id or "", LEAVE).id)


def _looked_at(draft: OrderDraft) -> tuple[object, ...]:
    """What a preview depends on."""
    return (draft.source, draft.table, draft.mode, draft.key, draft.options, draft.add_columns)
