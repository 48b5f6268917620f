"""Opening the store for a verb."""

from __future__ import annotations

from destui.cli.output import warn_of_settings
from destui.config import load_config
from destui.domain.errors import DestuiError
from destui.services.context import Context, open_context
from destui.services.documents import lacks_worker


def open_session(*, to_change: bool = False) -> Context:
    """The store that the environment names. Before a change a stalled worker is ended: it may hold the write lock; and
    one is started for what is left undone."""
    ctx = open_context(load_config())
    warn_of_settings(ctx.config)
    if to_change:
        ctx.mend_worker()
    return ctx


def see_to_worker(ctx: Context) -> None:
    """After a look at what there is: start a worker where work or a schedule has none, as the interface does."""
    try:
        if lacks_worker(ctx):
            ctx.mend_worker()
    except DestuiError:
        return  # what was to be seen has been printed
