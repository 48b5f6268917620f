"""A TCP proxy on loopback between destui and a server, which can fall silent or cut what goes through it."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from types import TracebackType


class Proxy:
    """Forwards connections to `port` from a port of its own, `self.port`.

    Silent: it takes connections and bytes, as the network's own buffers would, and passes nothing on.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._wake, wakes = socket.socketpair()
        self._selector.register(wakes, selectors.EVENT_READ)
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._other: dict[socket.socket, socket.socket] = {}
        self._silent = False
        self._ended = False
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended = True
        self._wake.send(b"x")
        self._thread.join()
        self.cut()
        self._listening.close()

    def fall_silent(self) -> None:
        """Pass nothing on from now on."""
        self._silent = True

    def speak(self) -> None:
        """Pass on again, what was held back first."""
        self._silent = False
        self._wake.send(b"x")

    def cut(self) -> int:
        """Reset all connections; returns how many there were."""
        with self._turn:
            sockets = list(self._other)
            for one in sockets:
                self._drop(one)
        return len(sockets) // 2

    def _run(self) -> None:
        while not self._ended:
            for key, _ in self._selector.select(0.05):
                one = key.fileobj
                assert isinstance(one, socket.socket)
                if one not in self._other and one is not self._listening:
                    one.recv(100)  # the wake-up
                elif self._silent:
                    self._ended or threading.Event().wait(0.02)  # what is readable stays so
                elif one is self._listening:
                    self._accept()
                else:
                    self._forward(one)

    def _accept(self) -> None:
        client, _ = self._listening.accept()
        server = socket.create_connection(("127.0.0.1", self._target))
        with self._turn:
            for one, other in ((client, server), (server, client)):
                self._other[one] = other
                self._selector.register(one, selectors.EVENT_READ)

    def _forward(self, one: socket.socket) -> None:
        with self._turn:
            other = self._other.get(one)
        if other is None:
            return
        try:
            data = one.recv(65536)
            other.sendall(data)
        except OSError:
            data = b""
        if not data:
            with self._turn:
                self._drop(one)

    def _drop(self, one: socket.socket) -> None:
        other = self._other.pop(one, None)
        for end in (one, other):
            if end is not None:
                self._other.pop(end, None)
                with contextlib.suppress(KeyError, ValueError):
                    self._selector.unregister(end)
                with contextlib.suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # a reset
                end.close()
