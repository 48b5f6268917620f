"""A destination: what data can be loaded into, its status, and the rules for its name, tags and emails."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from destui.domain.errors import InvalidInput, Problem

if TYPE_CHECKING:  # a list shows neither: they would stand before its first rows
    from destui.domain.check import Check
    from destui.domain.fields import Fields

TRASH_DAYS = 7
DRAFT_LIFE = timedelta(minutes=15)
DEFAULT_LIMIT = 25


class Status(StrEnum):
    """The three statuses that users know."""

    ACTIVE = "active"
    INITIALIZING = "initializing"
    ERROR = "error"

    @property
    def label(self) -> str:
        """The word on the screen."""
        return self.value.capitalize()


@dataclass(frozen=True)
class Progress:
    """What runs on a destination now: the step and its number of how many; no step yet: still waiting."""

    step: str
    number: int
    total: int


@dataclass(frozen=True)
class DestinationRow:
    """One line of the list: only what the table shows."""

    id: str
    name: str
    type: str
    status: Status
    connected_by: str
    updated_at: datetime
    tags: tuple[str, ...]
    version: int
    load_orders: int = 0
    progress: Progress | None = None
    """Of the check that is open on it, whatever the status."""


@dataclass(frozen=True)
class Destination:
    """A destination whole, without its secrets."""

    id: str
    name: str
    type: str
    fields: Fields
    status: Status
    connected_by: str
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    version: int
    host: str = ""
    """The host it is pinned to (types that live on one host)."""
    secret_names: tuple[str, ...] = ()
    """Which secret fields are set; never their values."""
    can_roll_back: bool = False
    failing_since: datetime | None = None
    check: Check | None = None
    """The last finished check, or the running one."""
    load_orders: int = 0
    deleted_at: datetime | None = None


def name_problem(name: str) -> str | None:
    """The sentence that says why this cannot be a new name, or None."""
    if not name:
        return "Name is required."
    if len(name) > 128:
        return f"A name has at most 128 characters; this has {len(name)}."
    if name != name.strip():
        return "A name has no blanks at its start or end."
    for character in name:
        # Cc controls, Zl and Zp separators, Cs surrogates.
        if unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs"):
            return "A name has no control characters or line breaks."
    return None


def clean_tags(tags: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Tags without doubles, in the order given. Raises InvalidInput on field `tags`."""
    for tag in tags:
        if not tag or len(tag) > 64 or tag != tag.strip() or "," in tag or name_problem(tag):
            raise InvalidInput(
                [
                    Problem(
                        "tags",
                        "A tag has 1 to 64 characters, no comma, no control characters, no outer blanks.",
                    )
                ]
            )
    if len(tags) > 32:
        raise InvalidInput([Problem("tags", f"At most 32 tags; these are {len(tags)}.")])
    return tuple(dict.fromkeys(tags))
