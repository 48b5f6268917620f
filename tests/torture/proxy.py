"""A TCP proxy on loopback between destui and a server, which can fall silent or cut what goes through it."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading


class Proxy:
    """Forwards connections to `port` from a port of its own, `self.port`.

    Silent: it takes connections and bytes, as the network's own buffers would, and passes nothing on.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listening.getsockname()[1]
        self._orders, self._ordered = socket.socketpair()
        self._other: dict[socket.socket, socket.socket] = {}
        self._silent = False
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._order(b"e")
        self._thread.join()
        self._listening.close()

    def fall_silent(self) -> None:
        """Pass nothing on from now on."""
        self._order(b"s")

    def speak(self) -> None:
        """Pass on again, what was held back first."""
        self._order(b"p")

    def cut(self) -> None:
        """Reset all connections."""
        self._order(b"c")

    def _order(self, what: bytes) -> None:
        self._done.clear()
        self._orders.send(what)
        self._done.wait(5)

    def _run(self) -> None:
        while True:
            heard = [self._ordered] if self._silent else [self._ordered, self._listening, *self._other]
            for one in select.select(heard, [], [])[0]:
                if one is self._ordered:
                    if (order := one.recv(1)) in (b"c", b"e"):
                        for connected in list(self._other):
                            self._drop(connected)
                    self._silent = order == b"s" if order != b"c" else self._silent
                    self._done.set()
                    if order == b"e":
                        return
                elif one is self._listening:
                    self._accept()
                elif one in self._other:
                    self._forward(one)

    def _accept(self) -> None:
        client, _ = self._listening.accept()
        try:
            server = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            client.close()
            return
        self._other |= {client: server, server: client}

    def _forward(self, one: socket.socket) -> None:
        try:
            data = one.recv(65536)
            self._other[one].sendall(data)
        except OSError:
            data = b""
        if not data:
            self._drop(one)

    def _drop(self, one: socket.socket) -> None:
        if (other := self._other.pop(one, None)) is None:
            return
        self._other.pop(other, None)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
            end.close()
