"""One terminal for all tests of the interface, whatever the tests are run in."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _true_colour_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    for name in ("NO_COLOR", "DESTUI_ASCII", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)


COLLECTED_AFTER = 20


@pytest.fixture(autouse=True)
def _apps_that_have_ended_are_let_go(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """A program has one interface in its life, which keeps for good what it has made at the start. Here are hundreds in
    one process, whose files would stay open."""
    monkeypatch.setattr(gc, "freeze", lambda: None)
    yield
    ended = request.session.stash[_ENDED] = request.session.stash.get(_ENDED, 0) + 1
    if ended % COLLECTED_AFTER == 0:
        gc.collect()


_ENDED = pytest.StashKey[int]()
