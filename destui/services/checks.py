"""Checks: asking for them, testing a draft, stopping them, reading what they said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from destui.connectors import registry
from destui.domain.check import Check, Reason
from destui.domain.destination import Status
from destui.domain.errors import DestuiError, NotFound
from destui.domain.fields import validate
from destui.domain.secret import Secret
from destui.services import rotation
from destui.services.context import Context
from destui.services.destinations import absolute_paths, get, stop
from destui.store import checks, destinations, jobs, queueing, reading
from destui.store.jobs import Kind


def request(ctx: Context, ids: Sequence[str]) -> dict[str, str]:
    """Ask for a check of each; returns destination id → check id. One that runs already is joined; what it waits for is
    looked for again."""
    asked: dict[str, str] = {}
    with ctx.store.write() as tx:
        for identity in ids:
            try:
                row = destinations.locked(tx, identity)
            except NotFound:
                continue
            if (rotating := jobs.open_job(tx, Kind.ROTATION, identity)) is not None:
                checks.wait(tx, rotating.check_id, identity, "")
                asked[identity] = rotating.check_id
                continue
            # What never got as far as a first result is still being initialised.
            reason = Reason.INITIALISE if row.status == Status.INITIALIZING else Reason.ASKED
            asked[identity] = queueing.queue_check(tx, row, reason, ctx.user)
    if asked:
        ctx.wake_worker()
    return asked


def test_draft(
    ctx: Context, type_id: str, values: Mapping[str, object], secrets: Mapping[str, Secret], base_id: str | None = None
) -> str:
    """Check a form's values without saving a destination; returns the check's id.

    `base_id`: the destination being changed, whose untouched secrets are used. Raises InvalidInput, VaultUnavailable.
    """
    if base_id is not None:
        candidate = rotation.prepare(ctx, get(ctx, base_id), values, secrets)
        fields, staged = candidate.fields, candidate.stage_all(ctx)
    else:
        spec = registry.spec(type_id)
        valid, clean = validate(spec, values, secrets)
        fields, staged = absolute_paths(spec, valid), ctx.vault.stage(clean) if clean else None
    try:
        with ctx.store.write() as tx:
            pinned = ctx.host if registry.spec(type_id).local else ""
            check_id = queueing.queue_draft(tx, ctx.user, type_id, fields, staged, pinned)
    except DestuiError:
        ctx.vault.discard(staged)
        raise
    ctx.wake_worker()
    return check_id


def cancel(ctx: Context, *, destination_id: str | None = None, check_id: str | None = None) -> bool:
    """Stop the open check of a destination, or this check; False when none is open."""
    with ctx.store.write() as tx:
        running = jobs.open_for(tx, destination_id=destination_id, check_id=check_id)
        for job in running:
            stop(tx, ctx, job)
    if running:
        ctx.wake_worker()
    return bool(running)


def check(ctx: Context, check_id: str) -> Check:
    """A check with its steps and diagnosis. Raises NotFound."""
    found = reading.checks_by_id(ctx.store, [check_id]).get(check_id)
    if found is None:
        raise NotFound("This check is no longer kept.")
    return found


def history(ctx: Context, destination_id: str, offset: int, count: int) -> list[Check]:
    """Checks of a destination, newest first."""
    return reading.history(ctx.store, destination_id, offset, count)
