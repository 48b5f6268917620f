"""Sealing keys: where one is read, how one is made, and how a new one takes the place of the old.

A new key waits beside `secret.key` under another name until the store has it: whoever finds there the key that the
store knows by its fingerprint works with it, and puts it in place when nobody else is about to.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from destui.config import Config
from destui.disk import sync
from destui.domain.errors import Conflict, VaultUnavailable
from destui.store import settings, standing
from destui.store.engine import Store


def fingerprint(key: bytes) -> str:
    """What the store remembers of its key, to tell a wrong one at once; says nothing about the key."""
    return hashlib.sha256(b"destui sealing key" + key).hexdigest()[:32]


def read_key(given: str | None, key_file: Path) -> bytes | None:
    """The sealing key from DESTUI_KEY (base64 or hex of 32 bytes, or a passphrase of 20 characters and more) or from
    its file; None when there is neither. Raises VaultUnavailable when it cannot be used."""
    if given:
        return decode(given.strip(), "DESTUI_KEY")
    try:
        mode = key_file.stat().st_mode
        if mode & 0o077:
            raise VaultUnavailable(f"The key {key_file} can be read by others. Run: chmod 600 {key_file}")
        return decode(key_file.read_text(encoding="ascii").strip(), str(key_file))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it holds no text"
        raise VaultUnavailable(f"The key {key_file} cannot be read: {reason}.") from None


def decode(text: str, where: str) -> bytes:
    """The key that a text is. Raises VaultUnavailable when it is none."""
    for decoded in (base64.urlsafe_b64decode, binascii.unhexlify):
        try:
            key = decoded(text)
        except (binascii.Error, ValueError):
            continue
        if len(key) == 32:
            return key
    if len(text) >= 20:
        # A passphrase: one fixed salt for the purpose, since the same words must give the same key on each host.
        return hashlib.scrypt(
            text.encode(errors="surrogateescape"), salt=b"destui sealing key", n=2**15, r=8, p=1, maxmem=2**26, dklen=32
        )
    raise VaultUnavailable(f"{where} is no key: give 32 bytes as base64, or a passphrase of at least 20 characters.")


def find(store: Store, config: Config) -> tuple[bytes | None, str | None]:
    """The key that this host has, and the fingerprint that the store knows: they belong together, unless the key here
    is another one. Raises VaultUnavailable, StoreUnavailable."""
    given = config.environment.get("DESTUI_KEY")
    own = read_key(given, config.key_file) if given else None
    while True:
        known = settings.read(store, standing.KEY)
        if own is not None:
            return own, known
        # First the one that waits: it is renamed to the other's name, never back.
        if (waiting := _waiting(config.key_file)) is not None and fingerprint(waiting) == known:
            _put_in_place_unless_changing(store, config, waiting)
            return waiting, known
        key = read_key(None, config.key_file)
        if known is None or key is None or fingerprint(key) == known or known == settings.read(store, standing.KEY):
            return key, known


def make_key(key_file: Path) -> tuple[bytes, bool]:
    """Make a key for a new store; never over an old one. Returns the one that is there then, and whether it was made
    by this call. Raises VaultUnavailable."""
    key, made = os.urandom(32), True
    # Whole or not at all: linked to its name only once it is on the disk.
    try:
        unfinished = _written(key_file, key)
        try:
            os.link(unfinished, key_file)
            sync(key_file.parent)
        except FileExistsError:  # another session was faster
            found = read_key(None, key_file)
            if found is None:
                raise VaultUnavailable(f"The key {key_file} cannot be read.") from None
            key, made = found, False
        finally:
            unfinished.unlink()
    except OSError as error:
        raise VaultUnavailable(f"The key {key_file} cannot be made: {error.strerror}.") from None
    return key, made


def have_wait(key_file: Path, key: bytes) -> None:
    """Write a key beside the one in place; one that waits already goes. Raises VaultUnavailable."""
    try:
        _written(key_file, key).replace(_beside(key_file))
        sync(key_file.parent)
    except OSError as error:
        raise VaultUnavailable(f"The key {_beside(key_file)} cannot be written: {error.strerror}.") from None


def put_in_place(key_file: Path, key: bytes) -> None:
    """The key that waits takes the place of the old one, which is gone then. The store knows the new one already.
    Raises VaultUnavailable."""
    try:
        if _waiting(key_file) == key:
            _beside(key_file).replace(key_file)
            sync(key_file.parent)
    except OSError as error:
        raise VaultUnavailable(
            f"The store has its new key, but {_beside(key_file)} cannot be renamed to {key_file}: {error.strerror}. "
            "Rename it by hand: both names work meanwhile."
        ) from None


def forget_waiting(key_file: Path) -> None:
    """A key that waited in vain goes."""
    _beside(key_file).unlink(missing_ok=True)


@contextmanager
def changing(store: Store, config: Config) -> Iterator[None]:
    """Be the only one on this host who changes the vault. Raises Conflict when another one is at it."""
    config.prepare()
    path = Path(f"{store.path}.vault") if store.path is not None else config.data / "vault.lock"
    try:
        lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise VaultUnavailable(f"The lock {path} cannot be opened: {error.strerror}.") from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                "The vault of this store is being changed already (by vault rekey or move, or what one of them left is "
                "being finished). Try again when that has ended."
            ) from None
        yield
    finally:
        os.close(lock)


def _put_in_place_unless_changing(store: Store, config: Config, key: bytes) -> None:
    """Finish what a killed rekey left. Whoever is changing the vault does that too, and best alone."""
    try:
        with changing(store, config):
            if fingerprint(key) == settings.read(store, standing.KEY):
                put_in_place(config.key_file, key)
    except (Conflict, VaultUnavailable):
        pass  # it is used from where it is


def _waiting(key_file: Path) -> bytes | None:
    try:
        return read_key(None, _beside(key_file))
    except VaultUnavailable:
        return None


def _beside(key_file: Path) -> Path:
    return key_file.with_name(f"{key_file.name}.new")


def _written(key_file: Path, key: bytes) -> Path:
    """A file of its own that holds the key, on the disk."""
    unfinished = key_file.with_name(f"{key_file.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(base64.urlsafe_b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return unfinished
