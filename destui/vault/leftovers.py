"""What a move or a rekey leaves to be done after its transaction; when it was killed, whoever comes next does it."""

from __future__ import annotations

from destui.config import Config
from destui.domain.errors import Conflict, StoreUnavailable, VaultUnavailable
from destui.store import settings, standing
from destui.store.engine import Store
from destui.vault import keys


def are_there(store: Store) -> bool:
    """Whether something is left."""
    return any(settings.read(store, key) is not None for key in (standing.OTHER, standing.REMAINS))


def try_finish(store: Store, config: Config) -> None:
    """Finish it, unless somebody is about to."""
    if not are_there(store):
        return
    try:
        with keys.changing(store, config):
            finish(store)
    except (Conflict, VaultUnavailable):
        pass  # next time


def finish(store: Store) -> bool:
    """Take out of the keyring what a sealed store no longer needs there, and out of the store's file what was erased.
    False when something is left for the next time. Only one may do it, see `keys.changing`."""
    try:
        if settings.read(store, standing.OTHER) is not None:
            if standing.look(store).backend == "sealed":
                _empty_keyring(store)
            with store.write() as tx:
                if not standing.is_written_later(tx):
                    settings.write(tx, standing.OTHER, None)
        if settings.read(store, standing.REMAINS) is not None and standing.clean(store):
            with store.write() as tx:
                settings.write(tx, standing.REMAINS, None)
        return not are_there(store)
    except (VaultUnavailable, StoreUnavailable):
        return False


def _empty_keyring(store: Store) -> None:
    from destui.vault import system

    system.ensure_present()
    ring, service = system.SystemKeyring(), f"destui:{settings.store_id(store)}"
    with store.write() as tx:
        ids = standing.ledger(tx)
    for secret_id in sorted(ids):
        ring.delete_password(service, secret_id)
