"""What is written down of a fault of the program itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from destui.config import load_config
from destui.domain.secret import Secret
from destui.faults import record
from tests.fixtures import environment
from tests.planted import PLANTED, found_in


@pytest.mark.parametrize("quoted", ["{}", "{!r}", "https://u:{}@h/p", "password={}"])
def test_a_report_has_no_secret_that_an_exception_quotes(tmp_path: Path, quoted: str) -> None:
    held = Secret(PLANTED)
    try:
        try:
            raise ValueError(quoted.format(held.reveal()))
        except ValueError as error:
            raise RuntimeError("what follows") from error
    except RuntimeError as error:
        path = record(load_config(environment(tmp_path / "home")), error, datetime.now(UTC))
    assert path is not None
    report = path.read_text()
    assert "what follows" in report and "test_faults.py" in report and "•••" in report
    assert not found_in(report.encode(), PLANTED)


def test_a_report_is_still_one_where_secrets_are_short(tmp_path: Path) -> None:
    held = [Secret("a"), Secret("")]
    path = record(load_config(environment(tmp_path / "home")), ValueError("a banana"), datetime.now(UTC))
    assert held and path is not None and "ValueError: a banana" in path.read_text()
