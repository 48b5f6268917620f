"""The sealed backend: a keyring backend of our own that keeps ciphertext in the store.

AES-256-GCM from `cryptography`; the additional data binds a ciphertext to the store and to the ledger row it belongs
to, so that a row copied to another destination or store does not open. The key comes from DESTUI_KEY or from
`secret.key`, readable by its owner alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from pathlib import Path

from keyring.backend import KeyringBackend

from destui.domain.errors import VaultUnavailable
from destui.store import secrets
from destui.store.engine import Store

_NONCE = 12


class SealedKeyring(KeyringBackend):
    """Ciphertext in the ledger row whose id is the user name."""

    priority = 0  # never chosen by keyring itself

    def __init__(self, store: Store, key: bytes, *, store_id: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._store = store
        self._key = key
        self._store_id = store_id

    def _bound_to(self, username: str) -> bytes:
        return f"destui:{self._store_id}:{username}".encode()

    def set_password(self, service: str, username: str, password: str) -> None:
        """Seal into the ledger row `username`."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._key).encrypt(nonce, password.encode(), self._bound_to(username))
        secrets.write_ciphertext(self._store, username, nonce + sealed)

    def get_password(self, service: str, username: str) -> str | None:
        """Open what the row holds. Raises VaultUnavailable when this key does not open it."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        sealed = secrets.read_ciphertext(self._store, username)
        if sealed is None:
            return None
        try:
            opened = AESGCM(self._key).decrypt(sealed[:_NONCE], sealed[_NONCE:], self._bound_to(username))
        except (InvalidTag, ValueError):  # a value: cut short, even of its nonce
            raise VaultUnavailable(
                "The sealing key does not open this secret: the key is another one, or the store was altered. "
                "Put back the right secret.key or DESTUI_KEY, or re-authorise the destination with its secrets."
            ) from None
        return opened.decode()

    def delete_password(self, service: str, username: str) -> None:
        """Erase the ciphertext."""
        secrets.erase_ciphertext(self._store, username)


def fingerprint(key: bytes) -> str:
    """What the store remembers of its key, to tell a wrong one at once; says nothing about the key."""
    return hashlib.sha256(b"destui sealing key" + key).hexdigest()[:32]


def read_key(given: str | None, key_file: Path) -> bytes | None:
    """The sealing key from DESTUI_KEY (base64 or hex of 32 bytes, or a passphrase of 20 characters and more) or from
    its file; None when there is neither. Raises VaultUnavailable when it cannot be used."""
    if given:
        return _decode(given.strip(), "DESTUI_KEY")
    try:
        mode = key_file.stat().st_mode
        if mode & 0o077:
            raise VaultUnavailable(f"The key {key_file} can be read by others. Run: chmod 600 {key_file}")
        return _decode(key_file.read_text(encoding="ascii").strip(), str(key_file))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it holds no text"
        raise VaultUnavailable(f"The key {key_file} cannot be read: {reason}.") from None


def _decode(text: str, where: str) -> bytes:
    for decode in (base64.urlsafe_b64decode, binascii.unhexlify):
        try:
            key = decode(text)
        except (binascii.Error, ValueError):
            continue
        if len(key) == 32:
            return key
    if len(text) >= 20:
        # A passphrase: one fixed salt for the purpose, since the same words must give the same key on each host.
        return hashlib.scrypt(text.encode(), salt=b"destui sealing key", n=2**15, r=8, p=1, maxmem=2**26, dklen=32)
    raise VaultUnavailable(f"{where} is no key: give 32 bytes as base64, or a passphrase of at least 20 characters.")


def make_key(key_file: Path) -> bytes:
    """Make a key for a new store; never over an old one."""
    key = os.urandom(32)
    # Whole or not at all: linked to its name only once it is on the disk.
    unfinished = key_file.with_name(f"{key_file.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(base64.urlsafe_b64encode(key) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(unfinished, key_file)
        except FileExistsError:  # another session was faster
            found = read_key(None, key_file)
            if found is None:
                raise VaultUnavailable(f"The key {key_file} cannot be read.") from None
            key = found
        finally:
            unfinished.unlink()
    except OSError as error:
        raise VaultUnavailable(f"The key {key_file} cannot be made: {error.strerror}.") from None
    return key
