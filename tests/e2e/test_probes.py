"""Ladders killed at random moments and the sweep, some of each kind; `python -m tests.torture.probes` does hundreds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.torture.probes import KINDS, Ground, run

pytestmark = pytest.mark.servers


@pytest.fixture
def ground(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Ground]:
    """A folder, and the servers of this session."""
    with ExitStack() as stack:
        yield Ground(tmp_path, stack, request.getfixturevalue)


@pytest.mark.parametrize("kind", KINDS)
def test_killed_ladders_leave_nothing(ground: Ground, tmp_path: Path, kind: str) -> None:
    report = run(kind, ground.target(kind), tmp_path, size=16, seed=7)
    assert report.killed >= 4, report
    assert report.found == [], report


def test_what_is_left_is_found(ground: Ground, tmp_path: Path) -> None:
    target = ground.target("sqlite")
    assert target.left() == []
    (tmp_path / "sqlite" / "_destui_probe_of_nobody").mkdir()  # no sweep removes it: it is no file
    (tmp_path / "sqlite" / "there.sqlite").write_bytes(b"")
    assert target.left() == ["file _destui_probe_of_nobody", "changed or lost: there.sqlite"]
