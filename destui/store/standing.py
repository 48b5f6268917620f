"""How the vault stands: which backend the store uses, under which key; and the transactions that change it.

Whoever opened the vault knows how it stood then. What is written into it afterwards counts only when it still stands
so, which is looked at in the transaction that writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from destui.store import schema, settings
from destui.store.engine import Store, Tx, connect_sqlite, translated

BACKEND, KEY = "vault", "vault_key"
WANTED = "vault_wanted"
"""The backend that was asked for when the store was made."""
OTHER = "vault_other"
"""Set while the backend that is not the store's own may hold secrets of the ledger: then no ledger row is removed."""
REMAINS = "vault_remains"
"""Set until the bytes of old ciphertexts are out of the store's file."""
_T = schema.secrets
_AT_ONCE = 500


@dataclass(frozen=True)
class Standing:
    """The backend, and the fingerprint of the sealing key where the store is sealed."""

    backend: str | None
    key: str | None = None


class Changed(Exception):
    """The vault was moved, or got a new key, after it was opened: open it again."""


def look(store: Store) -> Standing:
    """How it stands now."""
    wanted = {"backend": BACKEND, "key": KEY}
    rows = store.fetch("SELECT key, value FROM settings WHERE key IN (:backend, :key)", wanted)
    return _standing({row[0]: row[1] for row in rows})


def ensure(tx: Tx, expected: Standing) -> None:
    """Raises Changed when the vault stands otherwise by now. It then stays so until the transaction ends."""
    table = schema.settings
    rows = tx.execute(select(table.c.key, table.c.value).where(table.c.key.in_((BACKEND, KEY))))
    if _standing({row[0]: row[1] for row in rows}) != expected:
        raise Changed


def change(tx: Tx, standing: Standing) -> None:
    """Have the vault stand so from this transaction on."""
    settings.write(tx, BACKEND, standing.backend)
    settings.write(tx, KEY, standing.key)


def ciphertexts(store: Store) -> dict[str, bytes]:
    """All that is sealed, by ledger row: also previous secrets, candidates, pending ones and those in the trash."""
    with store.read() as connection:
        found = connection.execute(select(_T.c.id, _T.c.ciphertext).where(_T.c.ciphertext.is_not(None)))
        return {identity: bytes(ciphertext) for identity, ciphertext in found}


def sealed_ids(tx: Tx) -> set[str]:
    """The ledger rows that hold a ciphertext."""
    return set(tx.execute(select(_T.c.id).where(_T.c.ciphertext.is_not(None))).scalars())


def ledger(tx: Tx) -> set[str]:
    """All ledger rows."""
    return set(tx.execute(select(_T.c.id)).scalars())


def of_row(tx: Tx, secret_id: str) -> bytes | None:
    """What a ledger row holds."""
    found = tx.execute(select(_T.c.ciphertext).where(_T.c.id == secret_id)).scalar()
    return None if found is None else bytes(found)


def put(tx: Tx, sealed: Mapping[str, bytes], *, over: bool) -> None:
    """Write ciphertexts, `over` those there are (one that was erased meanwhile stays so), or where there are none."""
    there = _T.c.ciphertext.is_not(None) if over else _T.c.ciphertext.is_(None)
    statement = update(_T).where(_T.c.id == bindparam("row"), there).values(ciphertext=bindparam("sealed"))
    rows = [{"row": identity, "sealed": ciphertext} for identity, ciphertext in sealed.items()]
    for start in range(0, len(rows), _AT_ONCE):
        tx.connection.execute(statement, rows[start : start + _AT_ONCE])


def erase_all(tx: Tx) -> None:
    """Take all ciphertexts away."""
    tx.execute(update(_T).values(ciphertext=None))


def is_written_later(tx: Tx) -> bool:
    """Whether a secret may still be on its way into the backend that its writer found: staged, and not sealed."""
    found = select(_T.c.id).where(_T.c.state == "pending", _T.c.ciphertext.is_(None)).limit(1)
    return tx.execute(found).scalar() is not None


def names_of(store: Store, secret_ids: Iterable[str]) -> list[str]:
    """The destinations that use one of these, or keep it for a roll-back."""
    sql = "SELECT name FROM destinations WHERE secret_id IN ({ids}) OR previous_secret_id IN ({ids})"
    return sorted({row[0] for row in store.fetch_by_ids(sql, list(secret_ids))})


def clean(store: Store) -> bool:
    """Have no byte of what was overwritten or erased in an embedded store's file and its write-ahead log; False when
    somebody reads the old state for too long. Raises StoreUnavailable."""
    if store.path is None:
        return True
    with translated(store.path):
        connection = connect_sqlite(store.path)
        try:
            with store.one_writer:
                connection.execute("VACUUM")
                busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            connection.close()
    return not busy


def _standing(found: Mapping[str, str]) -> Standing:
    backend = found.get(BACKEND)
    return Standing(backend, found.get(KEY) if backend == "sealed" else None)
