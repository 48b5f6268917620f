"""The watch of the store by itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from textual.message import Message

from destui.services import browse
from destui.tui import watch
from destui.tui.watch import StoreUnwritable, StoreWatch


def test_what_is_reported_while_it_looks_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Message] = []

    def post(message: Message) -> None:
        told.append(message)
        watched.close()

    def look() -> bool:
        watched.report_lost()  # a save is refused in this moment
        return False

    fake: Any = SimpleNamespace(
        has_become_unwritable=look, why_unwritable=lambda: "It is locked.", wait=lambda seconds: [], close=lambda: None
    )
    monkeypatch.setattr(watch, "GLANCE", 0.0)
    monkeypatch.setattr(browse, "counts", lambda ctx: None)
    ctx: Any = SimpleNamespace(read_only=False)
    watched = StoreWatch(ctx, fake, post)
    watched._run()  # not in its thread, which would still look when the test has ended
    assert [m.sentence for m in told if isinstance(m, StoreUnwritable)] == ["It is locked."]
