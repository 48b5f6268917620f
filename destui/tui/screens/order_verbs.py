"""What can be done to load orders: the functions behind their actions, wherever orders are shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from destui.domain.check import Diagnosis
from destui.domain.orders import LoadOrder, LoadRun, OrderDraft
from destui.domain.units import count
from destui.tui.screens import load_services
from destui.tui.screens.base import ActionHost, BaseScreen
from destui.tui.text import upcoming
from destui.tui.widgets.findings import diagnosis_text

if TYPE_CHECKING:
    from destui.tui.dialogs.setup_load import SetUp


class OrderVerbs(BaseScreen[None]):
    """The verbs; the screen itself reads and shows."""

    order_details_open = False
    """The details are shown."""
    order_total = 0
    """How many load orders there are."""

    @property
    def order(self) -> LoadOrder | None:
        """The order under the cursor."""
        raise NotImplementedError

    @property
    def selected_orders(self) -> set[str]:
        """Ids selected for a bulk action."""
        return set()

    @property
    def target_orders(self) -> list[LoadOrder]:
        """What a bulk action is about: what is selected, otherwise the order under the cursor."""
        return [self.order] if self.order else []

    @property
    def is_away(self) -> bool:
        """The store does not answer."""
        return self.destui.trouble is not None and self.destui.trouble.stale

    @property
    def shown_run(self) -> LoadRun | None:
        """The one whose details are shown."""
        return self.order.run if self.order else None

    @property
    def shown_diagnosis(self) -> Diagnosis | None:
        """The one that `y` copies."""
        return self.shown_run.diagnosis if self.shown_run else None

    @property
    def would_resume(self) -> bool:
        """All that is meant is paused already."""
        meant = self.target_orders
        return bool(meant) and all(order.paused or not order.cron for order in meant)

    @property
    def orders_to_pause(self) -> list[LoadOrder]:
        """Those meant whose schedule can rest, or go on."""
        return [order for order in self.target_orders if order.cron and order.paused == self.would_resume]

    @property
    def orders_to_stop(self) -> list[LoadOrder]:
        """Those meant that run or wait to."""
        return [order for order in self.target_orders if order.running]

    @property
    def order_details_overflow(self) -> bool:
        """The details are longer than their pane."""
        return False

    def upcoming(self, moment: datetime) -> str:
        """A moment to come as a clock time in the user's zone."""
        return upcoming(moment, self.destui.clock(), self.destui.zone)

    def forget_order_selection(self) -> None:
        """Nothing is selected any more."""

    def reread_orders(self) -> None:
        """Read anew what is shown of orders."""

    # Running

    async def run_orders(self) -> None:
        """Run what is meant now; one that runs goes on."""
        meant = self.target_orders
        asked = await self.attempt(load_services.run_now, self.ctx, [o.id for o in meant])
        if asked is None:
            return
        for order in meant:
            if order.id in asked:
                self.destui.following.follow_run(asked[order.id], order.name)
        self.say(f"{_names(meant)} {'is' if len(meant) == 1 else 'are'} being loaded.", good=True)
        self.reread_orders()

    async def pause_or_resume(self) -> None:
        """Let the schedules rest, or have them go on; what is run by hand has none."""
        meant, resume = self.orders_to_pause, self.would_resume
        by_hand = [o for o in self.target_orders if not o.cron]
        ids = [o.id for o in meant]
        if await self.attempt(load_services.resume if resume else load_services.pause, self.ctx, ids) is None:
            return
        done = "goes on by its schedule" if resume else "is paused: it runs by hand only, until p resumes it"
        many = "go on by their schedules" if resume else "are paused, until p resumes them"
        told = f"{_names(meant)} {done if len(meant) == 1 else many}."
        if by_hand:
            told += f" {_names(by_hand)} {'has' if len(by_hand) == 1 else 'have'} no schedule."
        self.say(told, good=True)
        self.reread_orders()

    async def stop_runs(self) -> None:
        """Stop what runs; the tables are left as they were."""
        meant = self.orders_to_stop
        if (stopped := await self.attempt(load_services.stop, self.ctx, [o.id for o in meant])) is not None:
            told = {
                0: "nothing runs any more.", 1: "the run is being stopped. The table stays as it was.",
            }.get(stopped, f"{stopped} runs are being stopped. The tables stay as they were.")  # fmt: skip
            self.say(f"{_names(meant)}: {told}", good=bool(stopped))
            self.reread_orders()

    # Changing

    async def edit_order(self) -> None:
        """The form of the order, filled in."""
        if (order := self.order) is None:
            return
        found = await self.attempt(load_services.some, self.ctx, [order.id])
        if found:
            await open_setup(self, found[0].destination_id, found[0].draft)

    async def duplicate_order(self) -> None:
        """The form filled in like the order, under another name."""
        if (order := self.order) is None:
            return
        if (draft := await self.attempt(load_services.duplicate, self.ctx, order.id)) is not None:
            await open_setup(self, draft.destination_id, draft)

    async def delete_orders(self) -> None:
        """Ask, then delete."""
        from destui.tui.dialogs.delete_orders import DeleteOrdersDialog

        meant = self.target_orders
        if meant and (told := await self.app.push_screen_wait(DeleteOrdersDialog(self.ctx, meant))):
            self.destui.following.forget_runs([o.run.id for o in meant if o.run])
            self.forget_order_selection()
            self.orders_deleted(told)

    def orders_deleted(self, told: str) -> None:
        """They are gone."""
        self.say(told, good=True)
        self.reread_orders()

    async def open_order(self) -> None:
        """The order's own page."""
        from destui.tui.screens.order import OrderScreen

        if order := self.order:
            await self.app.push_screen(OrderScreen(self.ctx, order.id))

    def copy_run(self) -> None:
        """The diagnosis, to the terminal's clipboard."""
        order, run, found = self.order, self.shown_run, self.shown_diagnosis
        if order is None or run is None or found is None:
            return
        task = run.task or order.task
        self.app.copy_to_clipboard(diagnosis_text(f"{order.name}: {task.source.text} into {task.table}", found))
        self.say(f"The diagnosis of {order.name} was sent to the terminal's clipboard.", good=True)


def _names(orders: Sequence[LoadOrder]) -> str:
    names = [o.name for o in orders]
    return " and ".join(names) if len(names) <= 2 else count(len(names), "load order")


async def open_setup(host: ActionHost[Any], destination_id: str, draft: OrderDraft | None = None) -> SetUp | None:
    """The form of a load order into a destination, unless nothing can be loaded into it; what was saved."""
    from destui.tui.dialogs.setup_load import SetupLoadDialog

    destination = await host.attempt(load_services.destination, host.ctx, destination_id)
    if destination is None:
        return None
    why = await host.attempt(lambda: load_services.why_not(host.ctx, destination.type) or "")
    if why is None:
        return None
    if why:
        host.say(why)
        return None
    saved = await host.app.push_screen_wait(SetupLoadDialog(host.ctx, destination, draft))
    if saved is not None:
        if saved.run_id is not None:
            host.destui.following.follow_run(saved.run_id, saved.name)
        host.say(saved.told, good=True)
        host.reread()
    return saved
