"""The vault: secrets of destinations under ids of the ledger, through one of two keyring backends.

The order is always the same: a ledger row `pending` is committed, then the secret is written under its id and never
overwritten, then a transaction points a destination at it. Whatever dies in between, the sweep finds by the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from json import dumps, loads
from typing import TYPE_CHECKING, Protocol

from destui.config import Config
from destui.domain.errors import SecretLost, StoreUnavailable, VaultUnavailable
from destui.domain.secret import Secret, Secrets
from destui.store import secrets, settings, standing
from destui.store.engine import Store
from destui.store.standing import Changed, Standing
from destui.store.times import now_us

if TYPE_CHECKING:
    from destui.vault.sealed import SealedKeyring


_BY_VARIABLE = "set DESTUI_KEY to it (and end a worker that runs without it: destui worker stop)."


class Backend(Protocol):
    """The keyring API, as far as it is used."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Write."""

    def get_password(self, service: str, username: str) -> str | None:
        """Read."""

    def delete_password(self, service: str, username: str) -> None:
        """Delete."""


@dataclass(frozen=True)
class VaultStatus:
    """Which backend the store uses, whether it is there, and a sentence for people."""

    backend: str
    ready: bool
    sentence: str


class Vault:
    """Secrets of one store. Every call may raise VaultUnavailable, whose sentence says what to do."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store = store
        self._config = config
        self._opened: tuple[Backend, Standing] | None = None

    def stage(self, values: Secrets) -> str:
        """Write a new secret, not yet of any destination; returns its ledger id."""
        self._open()
        secret_id = secrets.stage(self._store, list(values))
        text = dumps({name: secret.reveal() for name, secret in values.items()})
        while True:
            try:
                self._write(secret_id, text)
                return secret_id
            except Changed:
                self._opened = None

    def read(self, secret_id: str | None, of: str | None = None) -> Mapping[str, Secret]:
        """The secret fields under a ledger id, for the destination `of`. Raises SecretLost, also where they are
        another's: whoever changed the store by hand must not have them sent elsewhere."""
        if secret_id is None:
            return {}
        if of is not None and secrets.owner(self._store, secret_id) not in (None, of):
            raise SecretLost("The secrets that this destination names belong to another one: the store was changed.")
        text = self._read(secret_id)
        if text is None:
            raise SecretLost(
                "The vault no longer holds this destination's secrets (another host's keyring, or they were removed)."
            )
        return {name: Secret(value) for name, value in loads(text).items()}

    def discard(self, secret_id: str | None) -> None:
        """Take away what was staged in vain, unless it was not; what fails here is swept later."""
        if secret_id is None:
            return
        with suppress(StoreUnavailable, VaultUnavailable):
            with self._store.write() as tx:
                in_vain = secrets.give_up(tx, secret_id)
            if in_vain:
                self._remove(secret_id)

    def sweep(self) -> int:
        """Remove from the vault, and only then from the ledger, all that nothing needs; returns how many. What a move
        or a rekey that was killed left is finished first."""
        from destui.vault import leftovers

        leftovers.try_finish(self._store, self._config)
        old = secrets.to_sweep(self._store, now_us() - secrets.DRAFT_US)
        return sum(self._remove(secret_id) for secret_id in old)

    def open(self) -> None:
        """See that it is there. Raises VaultUnavailable."""
        self._open()

    def status(self) -> VaultStatus:
        """What `?`, `doctor` and `vault status` show, also of one that is away. Raises StoreUnavailable."""
        chosen = settings.read(self._store, standing.BACKEND)
        try:
            if self._opened is not None:
                self._has_changed(self._opened[1])
            self._open()
        except VaultUnavailable as error:
            return VaultStatus(chosen or "none", False, str(error))
        backend = settings.read(self._store, standing.BACKEND) or "none"
        if backend == "keyring":
            from destui.vault import system

            return VaultStatus(backend, True, f"Secrets are in the system keyring ({system.name()}).")
        where = "DESTUI_KEY" if self._config.environment.get("DESTUI_KEY") else str(self._config.key_file)
        team = "" if self._store.is_sqlite else " Each host that uses this store needs the same key."
        return VaultStatus(backend, True, f"Secrets are sealed in the store, under the key in {where}.{team}")

    @property
    def _service(self) -> str:
        return f"destui:{settings.store_id(self._store)}"

    def _read(self, secret_id: str) -> str | None:
        """What the vault holds; it is opened anew when it was moved, or got a new key, since it was opened."""
        while True:
            backend, held = self._open()
            try:
                text = backend.get_password(self._service, secret_id)
            except VaultUnavailable:
                if not self._has_changed(held):
                    raise
            else:
                if text is not None or not self._has_changed(held):
                    return text

    def _write(self, secret_id: str, text: str) -> None:
        """Raises Changed."""
        backend, held = self._open()
        backend.set_password(self._service, secret_id, text)
        if held.backend == "keyring":  # the sealed one looks as it writes
            try:
                with self._store.write() as tx:
                    standing.ensure(tx, held)
            except Changed:
                with self._store.write() as tx:
                    settings.write(tx, standing.OTHER, "keyring")
                raise

    def _remove(self, secret_id: str) -> bool:
        """False when the ledger row must stay a while."""
        while True:
            backend, held = self._open()
            backend.delete_password(self._service, secret_id)
            try:
                return secrets.remove(self._store, secret_id, held)
            except Changed:
                self._opened = None

    def _has_changed(self, held: Standing) -> bool:
        """Whether the vault was moved, or got a new key, since it was opened; it is opened anew then."""
        if standing.look(self._store) == held:
            return False
        self._opened = None
        return True

    def _open(self) -> tuple[Backend, Standing]:
        """The backend of this store, which only a move changes, and what it was opened for."""
        opened = self._opened
        if opened is None:
            if self._chosen() == "sealed":
                # A team's key is made by hand, once, not by whoever comes first.
                sealed = self._sealed(may_make=self._store.is_sqlite)
                opened = sealed, sealed.standing
            else:
                opened = self._keyring(), Standing("keyring")
            self._opened = opened
        return opened

    def _chosen(self) -> str:
        return settings.read(self._store, standing.BACKEND) or self._choose()

    def _choose(self) -> str:
        wanted = settings.read(self._store, standing.WANTED) or self._config.secrets
        if not self._store.is_sqlite:
            wanted = "sealed"
        if wanted == "auto":
            from destui.vault import system

            wanted = "keyring" if system.is_usable() else "sealed"
        with self._store.write() as tx:
            return settings.write_once(tx, standing.BACKEND, wanted)

    def _keyring(self) -> Backend:
        from destui.vault import system

        system.ensure_present()
        return system.SystemKeyring()

    def make_key(self) -> None:
        """See that a store which seals its secrets has its key: where none was ever made, it is made here and now, for
        all hosts."""
        if self._opened is None and self._chosen() == "sealed":
            sealed = self._sealed(may_make=True)
            self._opened = sealed, sealed.standing

    def _sealed(self, *, may_make: bool) -> SealedKeyring:
        from destui.vault.keys import find, fingerprint, make_key
        from destui.vault.sealed import SealedKeyring

        key_file = self._config.key_file
        key, known = find(self._store, self._config)
        made = False
        if key is None:
            self._config.prepare()  # the folder where it is made, or copied to
            if known is not None:
                raise VaultUnavailable(self._missing())
            if not may_make:
                raise VaultUnavailable(
                    "This store has no sealing key yet. Make it on this host with: destui store upgrade. "
                    f"Then copy {key_file} to each host that uses this store."
                )
            key, made = make_key(key_file)
        if known is None:
            with self._store.write() as tx:
                known = settings.write_once(tx, standing.KEY, fingerprint(key))
        if known != fingerprint(key):
            if made:  # another host was faster
                key_file.unlink()
                raise VaultUnavailable(self._missing())
            raise VaultUnavailable(self._wrong())
        return SealedKeyring(self._store, key, store_id=settings.store_id(self._store))

    def _missing(self) -> str:
        if self._store.is_sqlite:
            return f"The sealing key is missing. Put back {self._config.key_file}, or {_BY_VARIABLE}"
        return (
            f"The sealing key of this store is not on this host, {self._config.host}. Copy the key file from a host "
            f"that has it to {self._config.key_file}, or {_BY_VARIABLE}"
        )

    def _wrong(self) -> str:
        if self._config.environment.get("DESTUI_KEY"):
            return (
                "The sealing key in DESTUI_KEY is not this store's key (was it changed by destui vault rekey?). Set it "
                "to the store's own, and end a worker that runs with another: destui worker stop."
            )
        return (
            f"The sealing key in {self._config.key_file} is not this store's key (was it changed by destui vault "
            "rekey? Then copy it here from a host that has it). Put back the store's own, or "
            f"{_BY_VARIABLE}"
        )
