"""Which types of destination are offered for what was typed, and in which groups. Knows no widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from destui.domain import fuzzy
from destui.domain.fields import TypeSpec

DATABASES, FILES, OTHER = "Databases", "Files and objects", "Other"
_GROUPS = (DATABASES, FILES, OTHER)
_FIRST = ("postgres", "mysql", "sqlite", "duckdb")
"""What most look for stands first in its group; all others follow by label."""


@dataclass(frozen=True)
class Offer:
    """A type in the list. `needs` says what to install where its driver is missing; `marks` are the positions in
    the label of the letters that were typed."""

    spec: TypeSpec
    needs: str = ""
    marks: tuple[int, ...] = ()
    score: int = 0


def group(spec: TypeSpec) -> str:
    """The heading that a type stands under, from what it declares."""
    if not any(field.endpoint for field in spec.fields):
        return OTHER
    return DATABASES if "create" in spec.steps else FILES


def offered(types: Sequence[tuple[TypeSpec, str]], pattern: str) -> dict[str, list[Offer]]:
    """The types that match, by group; groups without any are left out."""
    found: dict[str, list[Offer]] = {name: [] for name in _GROUPS}
    for spec, needs in types:
        score = fuzzy.rank(pattern, (spec.label, spec.id)) if pattern.strip() else 0
        if score is None:
            continue
        marks = (fuzzy.match(pattern.strip(), spec.label) or (0, ()))[1] if pattern.strip() else ()
        found[group(spec)].append(Offer(spec, needs, marks, score))
    return {name: sorted(offers, key=_order) for name, offers in found.items() if offers}


def _order(offer: Offer) -> tuple[int, str]:
    known = offer.spec.id in _FIRST
    return _FIRST.index(offer.spec.id) if known else len(_FIRST), offer.spec.label.casefold()


def best(groups: dict[str, list[Offer]]) -> str | None:
    """The id of the type that fits what was typed best; the first of them where nothing was typed."""
    offers = [offer for offers in groups.values() for offer in offers]
    return max(offers, key=lambda o: o.score).spec.id if offers else None
