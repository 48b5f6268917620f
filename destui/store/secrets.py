"""The ledger of secrets: a row leads every secret in the vault, whatever backend keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps
from uuid import uuid4

from sqlalchemy import delete, insert, or_, select, text, true, update

from destui.domain.destination import DRAFT_LIFE
from destui.store import schema, settings, standing
from destui.store.engine import Store, Tx
from destui.store.standing import Standing

_T = schema.secrets
DRAFT_US = int(DRAFT_LIFE.total_seconds() * 1e6)
"""How long a secret may be of no destination."""


def stage(store: Store, names: Sequence[str]) -> str:
    """Commit a `pending` row before anything is written to the vault; returns its id."""
    identity = uuid4().hex
    with store.write() as tx:
        tx.execute(insert(_T).values(id=identity, state="pending", names=dumps(sorted(names)), created_at=tx.now))
    return identity


def set_state(tx: Tx, secret_id: str | None, state: str, destination_id: str | None = None) -> bool:
    """Move a ledger row; False when it is gone, or about to be swept."""
    if secret_id is None:
        return True
    values: dict[str, str] = {"state": state}
    if destination_id is not None:
        values["destination_id"] = destination_id
    usable = _T.c.state != "discarded" if state == "current" else true()
    return bool(tx.execute(update(_T).where(_T.c.id == secret_id, usable).values(**values)).rowcount)


def give_up(tx: Tx, secret_id: str) -> bool:
    """Mark what was staged in vain; False when something has it all the same: whoever lost the answer to a COMMIT
    does not know that all was saved."""
    used = select(schema.checks.c.id).where(schema.checks.c.secret_id == _T.c.id)
    in_vain = update(_T).where(_T.c.id == secret_id, _T.c.state == "pending", ~used.exists())
    return bool(tx.execute(in_vain.values(state="discarded")).rowcount)


def discard(tx: Tx, secret_id: str | None) -> None:
    """Mark for the sweep."""
    set_state(tx, secret_id, "discarded")


def to_sweep(store: Store, pending_before: int) -> list[str]:
    """Ledger rows whose secrets must go: discarded, of no destination, or pending too long.

    They are all discarded first, in one transaction: none of them can become current any more. A pending one that an
    open job still needs is kept: its check has not ended, only waited. One that a load run uses is kept until it ends.
    """
    with store.write() as tx:
        tx.execute(
            text(
                "UPDATE secrets SET state = 'discarded' WHERE (state IN ('current', 'previous')"
                "   AND NOT EXISTS (SELECT 1 FROM destinations d"
                "     WHERE d.secret_id = secrets.id OR d.previous_secret_id = secrets.id))"
                " OR (state = 'pending' AND created_at < :before AND NOT EXISTS (SELECT 1 FROM checks c JOIN jobs j"
                "     ON j.check_id = c.id WHERE c.secret_id = secrets.id AND j.state IN ('queued', 'claimed')))"
            ),
            {"before": pending_before},
        )
        runs = schema.load_runs
        used = select(runs.c.id).where(
            runs.c.state.in_(("queued", "waiting", "running")),
            or_(runs.c.secret_id == _T.c.id, runs.c.source_secret_id == _T.c.id),
        )
        return list(tx.execute(select(_T.c.id).where(_T.c.state == "discarded", ~used.exists())).scalars())


def remove(store: Store, secret_id: str, held: Standing | None = None) -> bool:
    """Take the ledger row away, after its secret has gone from the vault; False when another backend may still hold it.
    Raises Changed when the vault no longer stands as it was `held` to."""
    with store.write() as tx:
        if held is not None:
            standing.ensure(tx, held)
        if settings.get(tx, standing.OTHER) is not None:
            return False
        tx.execute(delete(_T).where(_T.c.id == secret_id))
        return True


def write_ciphertext(store: Store, secret_id: str, ciphertext: bytes, held: Standing | None = None) -> None:
    """Keep what the sealed backend made. Never overwrites. Raises KeyError when the row is gone, Changed when the vault
    no longer stands as it was `held` to."""
    with store.write() as tx:
        if held is not None:
            standing.ensure(tx, held)
        done = tx.execute(
            update(_T).where(_T.c.id == secret_id, _T.c.ciphertext.is_(None)).values(ciphertext=ciphertext)
        )
        if not done.rowcount:
            raise KeyError(secret_id)


def owner(store: Store, secret_id: str) -> str | None:
    """The destination that a secret was first current for; None where it has not been, or is gone."""
    found = store.fetch("SELECT destination_id FROM secrets WHERE id = :id", {"id": secret_id})
    return found[0][0] if found else None


def read_ciphertext(store: Store, secret_id: str) -> bytes | None:
    """What the sealed backend kept, or None."""
    with store.read() as connection:
        found = connection.execute(select(_T.c.ciphertext).where(_T.c.id == secret_id)).scalar()
        return bytes(found) if found is not None else None


def erase_ciphertext(store: Store, secret_id: str) -> bool:
    """Take the ciphertext away; False when there was none."""
    with store.write() as tx:
        return bool(
            tx.execute(
                update(_T).where(_T.c.id == secret_id, _T.c.ciphertext.is_not(None)).values(ciphertext=None)
            ).rowcount
        )
