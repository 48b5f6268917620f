"""Printing for machines and people."""

from __future__ import annotations

import json
import sys

from destui.domain.safe import visible

TYPE_CHECKING = False  # `typing` itself would cost its import
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from destui.config import Config

_UNSAFE = dict.fromkeys([*range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A)])


def print_json(value: Any) -> None:
    """Machines read this; names stay readable, except where a terminal would act on them or cannot print them."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    if not text.isascii():
        try:
            text.encode(sys.stdout.encoding or "utf-8")
            unsafe = text.translate(_UNSAFE) != text
        except UnicodeEncodeError:
            unsafe = True
        if unsafe:
            text = json.dumps(value, indent=2)
    print(text)


def warn(sentence: str) -> None:
    """One line on standard error."""
    print(f"destui: {visible(sentence)}", file=sys.stderr)


def warn_of_settings(config: Config) -> None:
    """Tell what of the settings file is passed over."""
    if problems := config.settings_problems:
        warn(" ".join(problems))


def local_time(moment: datetime) -> str:
    """A time as people read it."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def can_print(text: str) -> bool:
    """Whether standard output's encoding has these characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
