"""`destui explain` is used in scripts: it loads next to nothing, and what it has instead of libraries does the same."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destui.cli.output import as_json
from destui.domain.safe import visible

ROOT = Path(__file__).parents[2]
SLOW = (
    "re", "enum", "dataclasses", "typing", "inspect", "json", "collections", "functools", "contextlib", "pathlib",
    "unicodedata", "datetime", "threading", "socket", "urllib", "shlex", "importlib.util", "destui.domain.check",
    "destui.domain.fields", "destui.connectors.base", "destui.config",
)  # fmt: skip
"""What would take more than the rest together."""

PROGRAM = """
import sys
from destui.__main__ import main
sys.argv[0:] = ["destui", "explain", *sys.argv[1:]]
code = main()
print("loaded:", *sys.modules, file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["PG-42501"], ""),
        (["--json", "NET-REFUSED"], ""),
        (["--type", "postgres"], 'FATAL:  role "x" does not exist'),
        (["--type", "postgres", "--json"], "FATAL:  Rolle »x« existiert nicht"),
        (["--type", "mysql", "--step", "create", "--code", "1142"], "no"),
        (["--type", "sqlite", "--exception", "sqlite3.OperationalError"], "database is locked"),
        (["--type", "duckdb"], "IO Error: the moon is full"),
        (["--type", "folder"], "[Errno 28] No space left on device"),
        (["--type", "simulator", "--code", "SIM-REACH"], ""),
    ],
)
def test_nothing_slow_is_loaded(arguments: list[str], words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-c", PROGRAM, *arguments],
        input=words, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert {*SLOW} & {*done.stderr.split()} == set()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_json_is_as_the_library_writes_it(value: object) -> None:
    assert as_json(value) == json.dumps(value, ensure_ascii=False, indent=2)


def test_tuples_are_lists() -> None:
    assert json.loads(as_json({"causes": ("a", "b"), "none": ()})) == {"causes": ["a", "b"], "none": []}


UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def test_every_character_that_a_terminal_acts_on_is_shown_as_another() -> None:
    for code in range(sys.maxunicode + 1):
        shown = visible(chr(code))
        assert len(shown) == 1 and not UNSAFE.match(shown)
        assert (shown != chr(code)) == (UNSAFE.match(chr(code)) is not None), hex(code)
