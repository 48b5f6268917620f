"""Who is taken for dead: who says nothing while one watches, whatever the clocks say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from destui.domain.event import WorkerInfo
from destui.worker import vigil
from destui.worker.vigil import Vigil

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def worker(identity: str, beat: int) -> WorkerInfo:
    return WorkerInfo(identity, "h", 1, "0", NOW, "1", NOW, alive=False, beat=beat)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(vigil.time, "monotonic", lambda: now[0])
    return now


def test_who_says_nothing_for_as_long_as_a_lease_is_dead_and_nobody_else(clock: list[float]) -> None:
    watch = Vigil()
    for beat in range(4):
        assert watch.dead([worker("silent", 7), worker("beating", beat)]) == []
        clock[0] += 5
    assert watch.dead([worker("silent", 7), worker("beating", 4)]) == ["silent"]


def test_who_comes_back_in_time_begins_anew(clock: list[float]) -> None:
    watch = Vigil()
    for beat in (7, 7, 7, 8, 8, 8, 8):
        assert watch.dead([worker("a", beat)]) == []
        clock[0] += 5
    assert watch.dead([worker("a", 8)]) == ["a"]


def test_who_did_not_watch_itself_takes_nobody_for_dead(clock: list[float]) -> None:
    watch = Vigil()
    assert watch.dead([worker("a", 7)]) == []
    clock[0] += 60  # it was stopped
    assert watch.dead([worker("a", 7)]) == []
    clock[0] += 5
    assert watch.dead([worker("a", 7)]) == []
