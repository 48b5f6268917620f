"""Printing for machines and people."""

from __future__ import annotations

import sys

from destui.domain.safe import cells, visible

TYPE_CHECKING = False  # `typing` itself would cost its import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from destui.config import Config

_UNSAFE = dict.fromkeys([*range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A)])


def print_json(value: Any) -> None:
    """Machines read this; names stay readable, except where a terminal would act on them or cannot print them."""
    text = as_json(value)
    if not text.isascii():
        try:
            text.encode(sys.stdout.encoding or "utf-8")
            unsafe = text.translate(_UNSAFE) != text
        except UnicodeEncodeError:
            unsafe = True
        if unsafe:
            import json

            text = json.dumps(value, indent=2)
    print(text)


def as_json(value: Any, indent: str = "\n") -> str:
    """What `json.dumps(value, ensure_ascii=False, indent=2)` gives, for texts, numbers, truths, lists and dictionaries
    by text: `json` itself takes as long to import as Python to start."""
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f'"{value.translate(_ESCAPES)}"'
    if isinstance(value, (int, float)):
        return repr(value)
    deeper = indent + "  "
    if isinstance(value, dict):
        parts, ends = [f"{as_json(k)}: {as_json(v, deeper)}" for k, v in value.items()], "{}"
    else:
        parts, ends = [as_json(v, deeper) for v in value], "[]"
    return f"{ends[0]}{deeper}{f',{deeper}'.join(parts)}{indent}{ends[1]}" if parts else ends


_ESCAPES = {n: f"\\u{n:04x}" for n in range(0x20)} | {
    ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t", 8: "\\b", 12: "\\f",
}  # fmt: skip


def print_columns(rows: Sequence[Sequence[str]]) -> None:
    """Rows of as many texts each, columns as wide as needed. The texts are fit to be printed."""
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (text + " " * (width - cells(text)) for text, width in zip(row, widths, strict=True))
        print("  ".join(padded).rstrip())


def warn(sentence: str) -> None:
    """One line on standard error."""
    print(f"destui: {visible(sentence)}", file=sys.stderr)


def warn_of_settings(config: Config) -> None:
    """Tell what of the settings file is passed over."""
    if problems := config.settings_problems:
        warn(" ".join(problems))


def local_time(moment: datetime, *, seconds: bool = False) -> str:
    """A time as people read it, with this host's zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z" if seconds else "%Y-%m-%d %H:%M %Z")


def can_print(text: str) -> bool:
    """Whether standard output's encoding has these characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
