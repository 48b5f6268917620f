"""From one backend to the other: secrets are in the new one, and were read there, before the store goes over.

Whoever is killed leaves a store that reads all secrets where it read them before, or all in the new place.
"""

from __future__ import annotations

from dataclasses import dataclass

from destui.config import Config
from destui.domain.errors import Conflict, InvalidInput, NotNow, Problem, VaultUnavailable
from destui.store import events, settings, standing
from destui.store.engine import Store, Tx
from destui.store.standing import OTHER, REMAINS, Changed, Standing
from destui.vault import keys, leftovers, system
from destui.vault.rekey import Progress
from destui.vault.sealed import Sealer
from destui.vault.vault import Vault

_FEW = 8
"""So many secrets are written into the keyring while everybody else waits."""


@dataclass(frozen=True)
class Moved:
    """What a move did: how many secrets it moved, and whether something is left in the old place, for the next
    clean-up. `was_done`: the store was there already, a move that was cut off is finished."""

    count: int
    remains: bool = False
    was_done: bool = False


def move(store: Store, config: Config, target: str, progress: Progress, *, who: str) -> Moved:
    """Move all secrets to `keyring` or `sealed`. Raises InvalidInput, NotNow, Conflict, VaultUnavailable,
    StoreUnavailable."""
    if target == "keyring" and not store.is_sqlite:
        raise InvalidInput(
            [Problem("keyring", "A team's store seals its secrets: each host has a keyring of its own.")]
        )
    with keys.changing(store, config):
        if settings.read(store, standing.BACKEND) == target:
            if not leftovers.are_there(store):
                raise NotNow(f"The secrets of this store are there already: {target}.")
            return Moved(0, not leftovers.finish(store), was_done=True)
        Vault(store, config).open()
        if standing.look(store).backend == target:  # chosen by this look, for a store that had no secret yet
            return Moved(0)
        try:
            count = (_to_keyring if target == "keyring" else _to_sealed)(store, config, progress, who)
        except Changed:
            raise Conflict("The vault of this store was changed elsewhere meanwhile. Nothing was moved.") from None
        return Moved(count, not leftovers.finish(store))


def _to_keyring(store: Store, config: Config, progress: Progress, who: str) -> int:
    if not system.is_usable():
        raise VaultUnavailable(
            "This session has no system keyring that keeps a secret. Start one (dbus-run-session and "
            "gnome-keyring-daemon --unlock), or work from a desktop session. Nothing was moved."
        )
    key, known = keys.find(store, config)
    assert key is not None
    opened = Sealer(key, store_id=settings.store_id(store))
    with store.write() as tx:  # from here on the ledger keeps its rows
        settings.write(tx, OTHER, "keyring")
        missing = standing.sealed_ids(tx)
    copied: set[str] = set()

    def copy(secret_id: str, sealed: bytes | None) -> None:
        if sealed is not None:  # discarded meanwhile
            _keep(store, secret_id, opened, sealed)
        copied.add(secret_id)

    while len(missing) > _FEW:
        for secret_id in sorted(missing):
            progress(len(copied), len(copied | missing))
            with store.write() as tx:
                sealed = standing.of_row(tx, secret_id)
            copy(secret_id, sealed)
        with store.write() as tx:
            missing = standing.sealed_ids(tx) - copied  # came meanwhile
    with store.write() as tx:
        standing.ensure(tx, Standing("sealed", known))
        there = standing.sealed_ids(tx)
        for secret_id in sorted(there - copied):
            copy(secret_id, standing.of_row(tx, secret_id))
        standing.erase_all(tx)
        settings.write(tx, OTHER, None)
        settings.write(tx, REMAINS, "1")
        _go_over(tx, Standing("keyring"), config, who, len(there))
        return len(there)


def _keep(store: Store, secret_id: str, opened: Sealer, sealed: bytes) -> None:
    """Write a secret into the keyring, and read it there."""
    try:
        text = opened.open(secret_id, sealed)
    except VaultUnavailable as error:
        names = ", ".join(standing.names_of(store, [secret_id])) or "one of no destination any more"
        raise VaultUnavailable(f"Nothing was moved. {names}: {error}") from None
    ring, service = system.SystemKeyring(), f"destui:{settings.store_id(store)}"
    ring.set_password(service, secret_id, text)
    if ring.get_password(service, secret_id) != text:
        raise VaultUnavailable("The system keyring gives back something else than was kept in it. Nothing was moved.")


def _to_sealed(store: Store, config: Config, progress: Progress, who: str) -> int:
    config.prepare()
    key = keys.read_key(config.environment.get("DESTUI_KEY"), config.key_file) or keys.make_key(config.key_file)[0]
    identity = settings.store_id(store)
    sealer, ring = Sealer(key, store_id=identity), system.SystemKeyring()
    sealed: dict[str, bytes] = {}

    def seal(secret_id: str) -> None:
        text = ring.get_password(f"destui:{identity}", secret_id)
        if text is not None:  # lost, or not yet written
            sealed[secret_id] = sealer.seal(secret_id, text)

    with store.write() as tx:
        ids = sorted(standing.ledger(tx))
    for number, secret_id in enumerate(ids):
        progress(number, len(ids))
        seal(secret_id)
    with store.write() as tx:
        standing.ensure(tx, Standing("keyring"))
        for secret_id in standing.ledger(tx) - sealed.keys():  # came meanwhile
            seal(secret_id)
        standing.erase_all(tx)
        standing.put(tx, sealed, over=False)
        if standing.sealed_ids(tx) != sealed.keys() & standing.ledger(tx):
            raise VaultUnavailable("The store does not hold what was written into it. Nothing was moved.")
        settings.write(tx, OTHER, "keyring")
        _go_over(tx, Standing("sealed", keys.fingerprint(key)), config, who, len(sealed))
    return len(sealed)


def _go_over(tx: Tx, to: Standing, config: Config, who: str, count: int) -> None:
    standing.change(tx, to)
    events.append(tx, who=who, host=config.host, verb="moved the vault", detail=f"{to.backend}, {count}")
