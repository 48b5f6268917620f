"""What is told on standard error of values that were taken otherwise than they were given."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

from destui.domain.fields import TypeSpec, needless
from destui.domain.safe import visible
from destui.domain.url import url_notes


def tell_needless(spec: TypeSpec, values: Mapping[str, object], given: Iterable[str]) -> None:
    """Of the fields given, those that the others make needless."""
    _tell(needless(spec, values, frozenset(given)))


def tell_url_notes(spec: TypeSpec, url: str, given: Iterable[str]) -> None:
    """What of a URL is not quite as it says, where no field was given in its place."""
    _tell(f"{name}: {note}" for name, note in url_notes(spec, url).items() if name not in frozenset(given))


def _tell(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        print(f"destui: {visible(sentence)}", file=sys.stderr)
