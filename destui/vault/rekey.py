"""A new sealing key: every secret is sealed anew, and the store learns the new key, in one transaction.

The new key waits beside the old one before that transaction and takes its place after it, so that whoever is killed
leaves a store whose key is here, under one name or the other.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from destui.config import Config
from destui.domain.errors import Conflict, InvalidInput, NotNow, Problem, StoreUnavailable, VaultUnavailable
from destui.store import events, settings, standing
from destui.store.engine import Store
from destui.store.standing import REMAINS, Changed, Standing
from destui.vault import keys, leftovers
from destui.vault.sealed import Sealer
from destui.vault.vault import Vault

Progress = Callable[[int, int], None]
"""Told how many are done, of how many."""


@dataclass(frozen=True)
class Rekeyed:
    """What a rekey did: how many secrets it sealed anew, the destinations with one that the old key did not open (left
    as it was), and whether bytes of old ciphertexts are still in the store's file, for the next clean-up."""

    count: int
    damaged: tuple[str, ...] = ()
    remains: bool = False
    was_done: bool = False
    """The store had this key already."""


def rekey(store: Store, config: Config, new_key: str | None, progress: Progress, *, who: str) -> Rekeyed:
    """Give a sealed store a new key. `new_key`: the text that DESTUI_KEY will be set to; without it a random one, where
    the key is in a file. Raises InvalidInput, NotNow, Conflict, VaultUnavailable, StoreUnavailable."""
    in_variable = bool(config.environment.get("DESTUI_KEY"))
    if in_variable and new_key is None:
        raise _wrong("The key in use comes from DESTUI_KEY: give the new one by --new-key env:VAR, file:PATH or stdin.")
    new = os.urandom(32) if new_key is None else _decode(new_key)
    with keys.changing(store, config):
        if new_key is not None and settings.read(store, standing.KEY) == keys.fingerprint(new):
            return _finish_again(store, config, new)
        vault = Vault(store, config)
        vault.open()
        if standing.look(store).backend == "keyring":
            raise NotNow("This store keeps its secrets in the system keyring: there is no sealing key to change.")
        old, known = keys.find(store, config)
        assert old is not None and known is not None
        vault.sweep()  # what nothing needs any more is not sealed anew, but gone
        if not in_variable:
            _refuse_shared(store, config, known)
            keys.put_in_place(config.key_file, old)  # a rekey may have been killed just before
            keys.have_wait(config.key_file, new)
        try:
            done = _seal_anew(store, config, (old, new), progress, who)
        except (Conflict, NotNow):
            keys.forget_waiting(config.key_file)
            raise
        # Whatever else fails may have come to the commit: then the key waits on.
        if not in_variable:
            keys.put_in_place(config.key_file, new)
        return Rekeyed(*done, remains=not leftovers.finish(store))


def _finish_again(store: Store, config: Config, new: bytes) -> Rekeyed:
    """The store has this key: a rekey that was cut off is brought to its end."""
    if keys.read_key(config.environment.get("DESTUI_KEY"), config.key_file) == new and not leftovers.are_there(store):
        raise _wrong("This is the key in use.")
    keys.put_in_place(config.key_file, new)
    return Rekeyed(0, remains=not leftovers.finish(store), was_done=True)


def _seal_anew(
    store: Store, config: Config, pair: tuple[bytes, bytes], progress: Progress, who: str
) -> tuple[int, tuple[str, ...]]:
    identity = settings.store_id(store)
    old, new = (Sealer(key, store_id=identity) for key in pair)
    damaged: set[str] = set()

    def again(secret_id: str, sealed: bytes) -> bytes | None:
        try:
            return new.seal(secret_id, old.open(secret_id, sealed))
        except VaultUnavailable:
            damaged.add(secret_id)
            return None

    there = standing.ciphertexts(store)
    ready: dict[str, bytes] = {}
    for number, (secret_id, sealed) in enumerate(there.items()):
        progress(number, len(there))
        if (text := again(secret_id, sealed)) is not None:
            ready[secret_id] = text
    opens_none = bool(there) and not ready
    try:
        with store.write() as tx:
            standing.ensure(tx, Standing("sealed", keys.fingerprint(pair[0])))
            if opens_none:  # with the store's own key: another host's rekey would be told by the line before
                raise _all_altered(standing.names_of(store, damaged))
            now = standing.sealed_ids(tx)
            for secret_id in now - there.keys():  # came meanwhile
                text = again(secret_id, standing.of_row(tx, secret_id) or b"")
                if text is not None:
                    ready[secret_id] = text
            ready = {secret_id: text for secret_id, text in ready.items() if secret_id in now}
            standing.put(tx, ready, over=True)
            standing.change(tx, Standing("sealed", keys.fingerprint(pair[1])))
            if store.is_sqlite:
                settings.write(tx, REMAINS, "1")
            events.append(tx, who=who, host=config.host, verb="rekeyed the vault", detail=str(len(ready)))
    except Changed:
        raise Conflict("The sealing key of this store was changed elsewhere meanwhile. Nothing was changed.") from None
    return len(ready), tuple(standing.names_of(store, damaged))


def _all_altered(names: list[str]) -> NotNow:
    again = f"re-authorize {', '.join(names)}" if names else "re-authorize what needs them"
    return NotNow(
        f"The key in use opens none of the secrets: they were altered. Nothing was changed. Put back a backup of the "
        f"store, or {again}; then try again."
    )


def _refuse_shared(store: Store, config: Config, known: str) -> None:
    """The own store's key file may be another store's too: that one would no longer open."""
    own = config.data / "destui.db"
    if own == store.path or not own.is_file():
        return
    other = Store(f"sqlite:///{own}", own)
    try:
        shares = standing.look(other) == Standing("sealed", known)
    except StoreUnavailable:
        return  # no store
    finally:
        other.close()
    if shares:
        raise NotNow(
            f"The key file {config.key_file} is also that of the store {own}, which would no longer open. Give this "
            f"store a folder of its own: set DESTUI_HOME, and copy the key file there."
        )


def _decode(text: str) -> bytes:
    try:
        return keys.decode(text.strip(), "This")
    except VaultUnavailable as error:
        raise _wrong(str(error)) from None


def _wrong(sentence: str) -> InvalidInput:
    return InvalidInput([Problem("--new-key", sentence)])
