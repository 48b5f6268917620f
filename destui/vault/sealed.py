"""The sealed backend: a keyring backend of our own that keeps ciphertext in the store.

AES-256-GCM from `cryptography`; the additional data binds a ciphertext to the store and to the ledger row it belongs
to, so that a row copied to another destination or store does not open. The key: see `keys`.
"""

from __future__ import annotations

import os

from keyring.backend import KeyringBackend

from destui.domain.errors import VaultUnavailable
from destui.store import secrets
from destui.store.engine import Store
from destui.store.standing import Standing
from destui.vault.keys import fingerprint

_NONCE = 12


class Sealer:
    """Seals and opens texts of one store under one key."""

    def __init__(self, key: bytes, *, store_id: str) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(key)
        self._store_id = store_id

    def seal(self, username: str, password: str) -> bytes:
        """The ciphertext for the ledger row `username`."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, password.encode(), self._bound_to(username))

    def open(self, username: str, sealed: bytes) -> str:
        """What was sealed for this row. Raises VaultUnavailable when this key does not open it."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._bound_to(username)).decode()
        except (InvalidTag, ValueError):  # a value: cut short, even of its nonce
            raise VaultUnavailable(
                "The sealing key does not open this secret: the key is another one, or the store was altered. "
                "Put back the right secret.key or DESTUI_KEY, or re-authorise the destination with its secrets."
            ) from None

    def _bound_to(self, username: str) -> bytes:
        return f"destui:{self._store_id}:{username}".encode()


class SealedKeyring(KeyringBackend):
    """Ciphertext in the ledger row whose id is the user name."""

    priority = 0  # never chosen by keyring itself

    def __init__(self, store: Store, key: bytes, *, store_id: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._store = store
        self._sealer = Sealer(key, store_id=store_id)
        self.standing = Standing("sealed", fingerprint(key))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Seal into the ledger row `username`. Raises Changed when the store has another key or backend by now."""
        secrets.write_ciphertext(self._store, username, self._sealer.seal(username, password), self.standing)

    def get_password(self, service: str, username: str) -> str | None:
        """Open what the row holds. Raises VaultUnavailable when this key does not open it."""
        sealed = secrets.read_ciphertext(self._store, username)
        return None if sealed is None else self._sealer.open(username, sealed)

    def delete_password(self, service: str, username: str) -> None:
        """Erase the ciphertext."""
        secrets.erase_ciphertext(self._store, username)
