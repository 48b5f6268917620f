"""The page of one load order: what it does, its runs, and the one under the cursor whole."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from destui.domain.errors import NotFound, StoreUnavailable
from destui.domain.event import Change
from destui.domain.loads import Mode
from destui.domain.orders import MANUAL, LoadOrder, LoadRun, Missed
from destui.domain.schedule import parse, words
from destui.tui import actions, order_actions
from destui.tui.actions import Action
from destui.tui.background import in_thread
from destui.tui.screens import load_services
from destui.tui.screens.base import ActionHost
from destui.tui.screens.load_services import OrderDetails
from destui.tui.screens.order_list import PACE
from destui.tui.screens.order_verbs import OrderVerbs
from destui.tui.text import clean, clock, short_count
from destui.tui.theme import Ink, ink_of
from destui.tui.widgets import order_words
from destui.tui.widgets.button import FlatButton
from destui.tui.widgets.chrome import TitleLine
from destui.tui.widgets.findings import fact_lines
from destui.tui.widgets.line import Lines, Runs
from destui.tui.widgets.load_pane import LoadDetails, LoadPane, spark_lines
from destui.tui.widgets.records import Column, Drawn, Records

if TYPE_CHECKING:
    from destui.services.context import Context

PAGE = 50
"""Runs read at a time."""
COLUMNS = (
    Column("When", 12), Column("By", 13, roomy=True), Column("Result", 14), Column("Rows", 11, right=True),
    Column("Time", 9, right=True), Column("Speed", 14, right=True, roomy=True), Column("Detail"),
)  # fmt: skip


class OrderFacts(Lines):
    """What the order does, and the rows of its last runs."""

    details: OrderDetails | None = None

    def show(self, details: OrderDetails) -> None:
        """Show this."""
        if self.details != details:
            self.details = details
            self.redraw()

    def lines(self, cells: int) -> list[Runs]:
        """A row for each fact; where rows are few, the most needed."""
        screen = self.screen
        if self.details is None or not isinstance(screen, OrderVerbs):
            return [[]]
        ink, order = ink_of(self), self.details.order
        status: Runs = [*order_words.status_runs(order, ink, ink.text), (self._tail(order, screen), ink.muted)]
        rows: list[Runs] = [status]
        arrow = f" {ink.marks.path} "
        place = f"{order.destination}{arrow}{order.table}"
        pairs = [("Loads", f"{order_words.source_words(order.source)} into {place}"), ("Mode", _mode(order))]
        pairs += [("Schedule", _schedule(order))]
        for label, value in pairs:
            rows += fact_lines(label, value, ink, cells)
        return [*rows, *spark_lines(self.details.points, ink, narrow=True)]

    def _tail(self, order: LoadOrder, screen: OrderVerbs) -> str:
        if order.next_run_at is None or order.paused:
            return ""
        return f"   next {screen.upcoming(order.next_run_at)}"


def _mode(order: LoadOrder) -> str:
    more = ", new columns are added to the table" if order.add_columns else ""
    return f"{order_words.mode_words(order)}{more}" if order.mode is Mode.MERGE else f"{order.mode.value}{more}"


def _schedule(order: LoadOrder) -> str:
    if not order.cron:
        return MANUAL
    missed = "a missed time is run once" if order.missed is Missed.RUN else "a missed time is skipped"
    return f"{words(parse(order.cron))}, {order.tz}; {missed}"


class OrderScreen(OrderVerbs):
    """One load order. It goes back by itself when the order is deleted elsewhere."""

    MENU: ClassVar[str] = "load_orders"
    ACTIONS: ClassVar[tuple[Action, ...]] = order_actions.PAGE_ACTIONS
    is_ready = False

    def __init__(self, ctx: Context, order_id: str) -> None:
        super().__init__()
        self._ctx = ctx
        self.order_id = order_id
        self.details: OrderDetails | None = None
        self._count = PAGE
        self._wanted = self._reading = False
        self._read_at = 0.0
        self._deleting = False

    @property
    def ctx(self) -> Context:
        """The opened store and vault."""
        return self._ctx

    def compose_content(self) -> ComposeResult:
        """Path and button, facts, runs, the run under the cursor."""
        with Horizontal(classes="title-row"):
            yield TitleLine(self.MENU, "", path=("Load orders",))
            if not self.destui.read_only:
                yield FlatButton("Run now", "primary", id="run-now")
        yield OrderFacts(id="order-facts")
        yield Records[LoadRun](COLUMNS, id="runs")
        yield LoadPane(self.destui.clock, self.when, self.upcoming, self._exactly, id="run-pane")

    def _exactly(self, moment: datetime) -> str:
        return clock(moment, self.destui.zone)

    def on_mount(self) -> None:
        """Read it."""
        self.query_one(LoadPane).display = False
        self.query_one("#runs").focus()
        self.reread()

    # What the actions ask about

    @property
    def order(self) -> LoadOrder | None:
        """The order."""
        return self.details.order if self.details else None

    @property
    def shown_run(self) -> LoadRun | None:
        """The run under the cursor."""
        return self.query_one("#runs", Records).item

    @property
    def order_details_overflow(self) -> bool:
        """The run is longer than its pane."""
        return self.query_one(LoadPane).max_scroll_y > 0

    def scroll_order_details(self, rows: int) -> None:
        """Scroll the run in its pane."""
        self.query_one(LoadPane).scroll_relative(y=rows, animate=False)

    def footer_actions(self) -> Iterable[Action]:
        """Most used first."""
        a = order_actions
        return (
            a.RUN,
            a.STOP,
            a.EDIT,
            a.PAUSE,
            a.COPY,
            a.DUPLICATE,
            a.DELETE,
            a.SCROLL_DOWN,
            actions.BACK,
            actions.HELP,
        )

    def update_footer(self) -> None:
        """The button goes with what can be done."""
        super().update_footer()
        for button in self.query("#run-now").results(FlatButton):
            button.tooltip = self.reason(order_actions.RUN)
            button.disabled = button.tooltip is not None

    # Reading

    def store_changed(self, changes: list[Change]) -> None:
        """Reread when it is about this order."""
        if any((c.entity, c.row_id) == ("order", self.order_id) or c.entity == "all" for c in changes):
            self.reread()

    def reread_orders(self) -> None:
        """Read it anew."""
        self.reread()

    def reread(self) -> None:
        """The store answers again."""
        self._wanted = True
        if self.is_attached and not self._reading:
            self._reading = True
            self.run_worker(self._read(), group="order", exit_on_error=False)

    async def _read(self) -> None:
        """One reading at a time, and not more often than what is seen may move."""
        try:
            while self._wanted:
                await asyncio.sleep(max(0.0, self._read_at + PACE - monotonic()))
                self._read_at, self._wanted = monotonic(), False
                found = await in_thread(load_services.details, self.ctx, self.order_id, self._count)
                self._show(found)
                await self._show_run()
        except NotFound:
            self._gone()
        except StoreUnavailable as error:
            self.destui.store_lost(str(error))
        finally:
            self._reading = False
        self.call_after_refresh(self.become_ready)

    def _show(self, found: OrderDetails) -> None:
        self.details = found
        self.query_one(TitleLine).show(found.order.name)
        self.query_one(OrderFacts).show(found)
        runs = self.query_one("#runs", Records)
        twins = order_words.same_minute(found.runs)
        write = {True: self._write_by_second, False: self._write}
        runs.take(
            [Drawn(run.id, run, write[run.id in twins]) for run in found.runs], complete=len(found.runs) < self._count
        )
        self.update_footer()

    async def _show_run(self) -> None:
        """The run under the cursor, with its log."""
        pane, run = self.query_one(LoadPane), self.shown_run
        pane.display = run is not None
        if run is None or self.details is None:
            return
        found = await in_thread(load_services.run, self.ctx, run.id)
        if found is not None and self.shown_run is not None and self.shown_run.id == found.id:
            pane.show(LoadDetails(self.details.order, run=found, log=found.log))
            self.call_after_refresh(self.update_footer)

    def _gone(self) -> None:
        if not self._deleting:
            self._leave_saying(f"{self.order.name if self.order else 'This load order'} has been deleted.", good=False)

    def orders_deleted(self, told: str) -> None:
        """It was deleted here: the page has nothing to show."""
        self._deleting = True
        self._leave_saying(told, good=True)

    def _leave_saying(self, sentence: str, *, good: bool) -> None:
        if self not in self.app.screen_stack:
            return
        below = self.app.screen_stack[self.app.screen_stack.index(self) - 1]
        self.dismiss()
        if isinstance(below, ActionHost):
            below.say(sentence, good=good)

    # What happens

    @on(Records.Wanted)
    async def _runs_wanted(self, event: Records.Wanted) -> None:
        event.stop()
        if isinstance(event, Records.Chosen):
            self.run_worker(self._show_run(), group="run", exclusive=True, exit_on_error=False)
        elif len(event.records.items) == self._count:
            self._count += PAGE
            self.reread()

    @on(FlatButton.Pressed, "#run-now")
    async def _run_pressed(self) -> None:
        await self.action_do(order_actions.RUN.id)

    def _write_by_second(self, run: LoadRun, ink: Ink, soft: Style) -> list[Runs]:
        return [[(order_words.began(run, self.when, by_second=True), ink.text)], *self._write(run, ink, soft)[1:]]

    def _write(self, run: LoadRun, ink: Ink, soft: Style) -> list[Runs]:
        return [
            [(order_words.began(run, self.when, by_second=False), ink.text)],
            [(clean(run.by), soft)],
            order_words.run_runs(run, ink, soft),
            [(short_count(run.rows), soft)],
            [(order_words.took(run, self.destui.clock()) if not run.state.is_open else "", soft)],
            [(order_words.rate(run), soft)],
            [(order_words.result_words(run), soft)],
        ]
