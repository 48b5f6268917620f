"""Following one check while it runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from textual import work

from destui.domain.check import Check
from destui.domain.errors import DestuiError
from destui.domain.event import Change
from destui.tui.screens.base import ActionHost

if TYPE_CHECKING:
    from destui.services.context import Context

T = TypeVar("T")


class FollowsCheck(ActionHost[T]):
    """Rereads the check it follows whenever the store says that it moved, and hands it to `check_came`."""

    following: str | None = None
    """The id of the check."""
    followed_destination: str | None = None
    """A destination whose changes are changes of the check too."""

    def follow(self, check_id: str) -> None:
        """Follow this check from now on."""
        self.following = check_id
        self._read_followed()

    def store_changed(self, changes: list[Change]) -> None:
        """Reread the check when it is among them."""
        moved = {("check", self.following), ("destination", self.followed_destination)}
        if self.following and any((c.entity, c.row_id) in moved for c in changes):
            self._read_followed()

    def check_came(self, check: Check) -> None:
        """The check as it stands now."""

    @work(exclusive=True, group="follow", exit_on_error=False)
    async def _read_followed(self) -> None:
        if self.following is None:
            return
        try:
            check = await asyncio.to_thread(read_check, self.ctx, self.following)
        except DestuiError as error:
            self.say(str(error))
        else:
            self.check_came(check)

    @work(exclusive=True, group="stop", exit_on_error=False)
    async def stop_followed(self) -> None:
        """Stop the check."""
        if self.following is None:
            return
        try:
            await asyncio.to_thread(cancel_check, self.ctx, self.following)
        except DestuiError as error:
            self.say(str(error))


def read_check(ctx: Context, check_id: str) -> Check:
    """The check with its steps. Raises NotFound, StoreUnavailable."""
    from destui.services import checks

    return checks.check(ctx, check_id)


def cancel_check(ctx: Context, check_id: str) -> bool:
    """Stop a check; False when it had ended."""
    from destui.services import checks

    return checks.cancel(ctx, check_id=check_id)
