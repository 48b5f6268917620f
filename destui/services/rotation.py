"""Safe rotation: a candidate is checked, and becomes current only when its ladder passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from json import loads
from typing import Any

from destui.connectors import registry
from destui.domain.check import Reason
from destui.domain.destination import Destination, Status
from destui.domain.errors import DestuiError, InvalidInput, NotFound, NotNow, Problem
from destui.domain.fields import FieldValue, endpoint_changed, validate
from destui.domain.secret import Secret
from destui.services.context import Context
from destui.store import destinations, events, jobs, queueing
from destui.store import secrets as ledger
from destui.store.engine import Tx
from destui.store.jobs import Kind


@dataclass(frozen=True)
class Candidate:
    """Fields and secrets to be checked in the place of the current ones."""

    fields: dict[str, FieldValue]
    typed: dict[str, Secret]
    """Secret fields typed anew; the others stay as they are."""
    kept: frozenset[str]
    destination_id: str
    secret_id: str | None
    """The current secret, from which the untouched fields come."""
    changed: bool

    def stage(self, ctx: Context) -> str | None:
        """Write the whole new secret to the vault; None when no secret changes. Raises VaultUnavailable."""
        return self.stage_all(ctx) if self.typed else None

    def stage_all(self, ctx: Context) -> str | None:
        """The same for a draft, which needs its secrets also when none was typed. Raises VaultUnavailable."""
        old = ctx.vault.read(self.secret_id, self.destination_id) if self.kept else {}
        secrets = {**{n: s for n, s in old.items() if n in self.kept}, **self.typed}
        return ctx.vault.stage(secrets) if secrets else None


def prepare(
    ctx: Context, old: Destination, values: Mapping[str, object] | None, secrets: Mapping[str, Secret]
) -> Candidate:
    """Validate a candidate. Untouched secrets are kept, except when the host or endpoint changes: then they must be
    typed again, so that nobody can have them sent elsewhere. Raises InvalidInput."""
    from destui.services.destinations import absolute_paths

    spec = registry.spec(old.type)
    kept = frozenset(old.secret_names) - secrets.keys()
    fields, typed = validate(spec, old.fields if values is None else values, secrets, kept)
    fields = absolute_paths(spec, fields)
    moved = endpoint_changed(spec, old.fields, fields)
    if moved and kept:
        raise InvalidInput(
            [
                Problem(
                    name, f"{' and '.join(moved)} changed: type this again, so that it is not sent elsewhere unseen."
                )
                for name in sorted(kept)
            ]
        )
    changed = bool(typed) or fields != dict(old.fields)
    return Candidate(fields, typed, kept, old.id, destinations.secret_of(ctx.store, old.id), changed)


def queue(tx: Tx, ctx: Context, row: Any, candidate: Candidate, staged: str | None) -> str:
    """Queue the candidate's check; an Error becomes Initializing. Raises NotNow."""
    if row.status == Status.INITIALIZING:
        raise NotNow(f"{row.name} is initializing. Wait until it has ended, or stop it.")
    pinned = ctx.host if registry.spec(row.type).local else ""
    check_id = queueing.queue_rotation(tx, row, ctx.user, candidate.fields, staged, pinned)
    if row.status == Status.ERROR:
        destinations.change(tx, row.id, {"status": Status.INITIALIZING.value, "updated_at": tx.now})
    return check_id


def reauthorize(
    ctx: Context, destination_id: str, version: int, values: Mapping[str, object] | None, secrets: Mapping[str, Secret]
) -> str:
    """Check a candidate that shall replace what is current; returns the check's id.

    Raises InvalidInput, Conflict, NotNow (while Initializing, or while another candidate is checked), NotFound,
    VaultUnavailable.
    """
    from destui.services.destinations import ensure_version, get

    old = get(ctx, destination_id)
    if old.status is Status.INITIALIZING:
        raise NotNow(f"{old.name} is initializing. Wait until it has ended, or stop it.")
    candidate = prepare(ctx, old, values, secrets)
    staged = candidate.stage(ctx)
    try:
        with ctx.store.write() as tx:
            row = destinations.locked(tx, destination_id)
            ensure_version(ctx, row, version)
            check_id = queue(tx, ctx, row, candidate, staged)
    except DestuiError:
        ctx.vault.discard(staged)
        raise
    ctx.wake_worker()
    return check_id


def rollback(ctx: Context, destination_id: str) -> str:
    """Go back to the previous fields and secrets at once, and check them; returns the check's id.

    What was current becomes previous, so that a second rollback undoes the first. Raises NotFound (also
    when there is no previous version), NotNow.
    """
    with ctx.store.write() as tx:
        row = destinations.locked(tx, destination_id)
        if row.previous_fields is None:
            raise NotFound(f"{row.name} has no previous version to go back to.")
        if row.status == Status.INITIALIZING or jobs.open_job(tx, Kind.ROTATION, row.id):
            raise NotNow(f"{row.name} is being initialised or re-authorised. Wait until it has ended, or stop it.")
        if row.previous_secret_id != row.secret_id:
            ledger.set_state(tx, row.secret_id, "previous")
            ledger.set_state(tx, row.previous_secret_id, "current")
        destinations.change(tx, row.id, {
            "fields": row.previous_fields, "secret_id": row.previous_secret_id,
            "previous_fields": row.fields, "previous_secret_id": row.secret_id,
            "version": row.version + 1, "config": row.config + 1, "updated_at": tx.now,
        })  # fmt: skip
        events.append(
            tx, who=ctx.user, host=ctx.host, verb="rolled back", destination_id=row.id, name=row.name,
            detail=", ".join(_differing(row)), version=row.version + 1,
        )  # fmt: skip
        check_id = queueing.queue_check(tx, destinations.locked(tx, row.id), Reason.ASKED, ctx.user)
    ctx.wake_worker()
    return check_id


def _differing(row: Any) -> list[str]:
    old, new = loads(row.fields), loads(row.previous_fields)
    names = sorted(k for k in {*old, *new} if old.get(k) != new.get(k))
    return names + (["secrets"] if row.previous_secret_id != row.secret_id else [])
