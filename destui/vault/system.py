"""The system keyring, with time limits: over SSH a D-Bus that does not answer would hang a call for ever, and one that
asks to be unlocked waits for a person as long as that takes."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from uuid import uuid4

import keyring
import keyring.backend
import keyring.core
import keyring.errors

from destui.domain.errors import VaultUnavailable

T = TypeVar("T")

SECONDS = 8.0
_REMEDY = "Unlock it: log in to the desktop, or start a D-Bus session and run gnome-keyring-daemon --unlock."
_SILENT = f"The system keyring does not answer. {_REMEDY}"

_turn = threading.Lock()
"""Held by the call that is under way until it returns: one that hangs cannot be ended, and keeps its thread and its
connection, so that there is at most one of them in a process."""
_hangs_from = math.inf
"""When the call that is under way counts as hung (of the monotonic clock)."""


def with_deadline(call: Callable[[], T], seconds: float = SECONDS) -> T:
    """Run a keyring call in a thread of its own, when its turn has come. Raises VaultUnavailable when it fails or has
    not returned after `seconds`, when its turn has not come by then, and at once while an earlier one hangs."""
    global _hangs_from
    if time.monotonic() >= _hangs_from or not _turn.acquire(timeout=seconds):
        raise VaultUnavailable(_SILENT)
    _hangs_from = time.monotonic() + seconds
    done = threading.Event()
    result: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            result.append(call())
        except BaseException as error:
            failure.append(error)
        _end_turn()
        done.set()

    try:
        threading.Thread(target=run, daemon=True, name="keyring").start()
    except RuntimeError as error:  # this process may have no more threads
        _end_turn()
        raise _not_available(error) from None
    if not done.wait(seconds):
        raise VaultUnavailable(_SILENT)
    if failure:
        raise _not_available(failure[0]) from None
    return result[0]


def _end_turn() -> None:
    global _hangs_from
    _hangs_from = math.inf
    _turn.release()


def _not_available(error: BaseException) -> VaultUnavailable:
    # Kinds only, never texts: a backend's message may quote what it was given.
    return VaultUnavailable(f"The system keyring is not available ({_kind(error)}). {_REMEDY}")


def _kind(error: BaseException) -> str:
    if isinstance(error, keyring.errors.KeyringLocked):
        return "it is locked"
    if isinstance(error, keyring.errors.NoKeyringError):
        return "there is none in this session"
    return type(error).__name__


class SystemKeyring:
    """The keyring that the session has. Same three calls as any keyring backend."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Write. Raises VaultUnavailable."""
        with_deadline(lambda: keyring.set_password(service, username, password))

    def get_password(self, service: str, username: str) -> str | None:
        """Read; None when there is none. Raises VaultUnavailable."""

        def read() -> str | None:
            try:
                return keyring.get_password(service, username)
            except Exception as error:
                if type(error).__name__ == "ItemNotFoundException":  # secretstorage: removed while it was read
                    return None
                raise

        return with_deadline(read)

    def delete_password(self, service: str, username: str) -> None:
        """Delete; it may be gone already. Raises VaultUnavailable."""

        def delete() -> None:
            try:
                keyring.delete_password(service, username)
            except keyring.errors.PasswordDeleteError:
                if keyring.get_password(service, username) is not None:
                    raise

        with_deadline(delete)


def _of_the_session() -> keyring.backend.KeyringBackend:
    """The backend in use. keyring looks once which there are: one that has come since is looked for."""
    found = keyring.get_keyring()
    if _is_unsafe(found):
        with suppress(KeyError):
            keyring.backend.get_all_keyring.reset()
        keyring.core.init_backend()
        found = keyring.get_keyring()
    return found


def is_usable() -> bool:
    """Whether the session's keyring really keeps a secret: written, read back and deleted once."""
    try:
        backend = with_deadline(_of_the_session, 3.0)
        if _is_unsafe(backend):
            return False
        service, user, text = "destui:trial", uuid4().hex, "trial"

        def attempt() -> bool:
            backend.set_password(service, user, text)
            kept = backend.get_password(service, user) == text
            backend.delete_password(service, user)
            return kept

        return with_deadline(attempt, 3.0)
    except VaultUnavailable:
        return False


def ensure_present() -> None:
    """Look whether the session's keyring answers and is open. Raises VaultUnavailable."""
    if _is_unsafe(with_deadline(_of_the_session)):
        raise VaultUnavailable(
            "This session has no system keyring, where this store keeps its secrets. Start one (dbus-run-session and "
            "gnome-keyring-daemon --unlock), or work from a desktop session. Checks wait until it is there."
        )
    with_deadline(lambda: keyring.get_password("destui:trial", "presence"))


def _is_unsafe(backend: keyring.backend.KeyringBackend) -> bool:
    """The backends that keep nothing, or keep plain text."""
    kind = f"{type(backend).__module__}.{type(backend).__qualname__}".lower()
    inner = getattr(backend, "backends", None)
    if inner is not None:
        return all(_is_unsafe(b) for b in inner)
    return any(word in kind for word in ("fail", "null", "plaintext"))


def name() -> str:
    """What the session's keyring is called."""
    try:
        backend = with_deadline(_of_the_session, 3.0)
    except VaultUnavailable:
        return "none"
    return str(getattr(backend, "name", type(backend).__name__)).split(" ")[0]
