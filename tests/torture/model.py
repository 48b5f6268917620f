"""What a destination may be, as the driver knows it: a set of worlds, which each look at the store makes smaller.

An operation whose process said done has happened; one that was killed has happened wholly or not at all, so both worlds
remain possible until the next look. A look that leaves no world at all has found something that must not be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

EXCUSES = frozenset({"WORKER-DIED", "CANCELLED"})
"""Codes of checks that end a good candidate: its workers were killed five times over, or somebody stopped it."""


@dataclass(frozen=True)
class Shape:
    """Fields and a secret that belong together: no destination may ever have the fields of one and another's secret."""

    type: str
    fields: tuple[tuple[str, str], ...]
    password: str | None
    is_good: bool


@dataclass(frozen=True)
class World:
    """One thing that a destination may be."""

    name: str
    current: Shape
    previous: Shape | None = None
    candidate: Shape | None = None
    tags: tuple[str, ...] = ()
    exists: bool = False
    trashed: bool = False
    expired: bool = False
    """In the trash for longer than it may."""
    gone: bool = False
    owes_excuse: bool = False
    """A good candidate was not taken: one of its checks must say why."""


@dataclass(frozen=True)
class Seen:
    """What the store and the vault hold of a destination."""

    name: str
    tags: tuple[str, ...]
    trashed: bool
    status: str
    fields: dict[str, str]
    password: str | None
    previous_fields: dict[str, str] | None
    previous_password: str | None
    candidate_fields: dict[str, str] | None
    """Of the open check of a candidate; None when there is none."""
    candidate_password: str | None
    has_open_jobs: bool
    codes: frozenset[str]
    """Of all its checks that ended."""
    deciding_code: str | None
    """Of the newest check that its status comes from."""

    def fits(self, world: World) -> bool:
        """Whether this is what it looks like in that world."""
        return (
            world.exists
            and not world.gone
            and (self.name, self.tags, self.trashed) == (world.name, world.tags, world.trashed)
            and _is(world.current, self.fields, self.password)
            and _is(world.previous, self.previous_fields, self.previous_password)
            and _is(world.candidate, self.candidate_fields, self.candidate_password)
            and (not world.owes_excuse or bool(EXCUSES & self.codes))
        )


def _is(shape: Shape | None, fields: dict[str, str] | None, password: str | None) -> bool:
    if shape is None or fields is None:
        return shape is None and fields is None
    return password == shape.password and all(fields.get(name) == value for name, value in shape.fields)


Effect = Callable[[World], World | None]
"""What an operation makes of a world; None: it is refused there."""


def added(world: World) -> World | None:
    """Added, unless it is there."""
    return None if world.exists and not world.trashed else replace(world, exists=True)


def re_authorised(shape: Shape, *, unless_same: bool = False) -> Effect:
    """A candidate is being checked; with `unless_same` not where nothing is changed."""

    def effect(world: World) -> World | None:
        if unless_same and shape == world.current and shape.password is None:
            return None if _is_away(world) else world
        return None if _is_away(world) or world.candidate else replace(world, candidate=shape)

    return effect


def rolled_back(world: World) -> World | None:
    """Current and previous change places."""
    if _is_away(world) or world.candidate or world.previous is None:
        return None
    return replace(world, current=world.previous, previous=world.current)


def edited(name: str | None, tags: tuple[str, ...] | None) -> Effect:
    """Renamed, or with other tags."""

    def effect(world: World) -> World | None:
        if _is_away(world):
            return None
        return replace(world, name=name or world.name, tags=world.tags if tags is None else tags)

    return effect


def deleted(world: World) -> World | None:
    """Into the trash; what runs is stopped, or ends just then."""
    return None if _is_away(world) else replace(world, trashed=True)


def restored(world: World) -> World | None:
    """Out of the trash."""
    is_there = world.exists and world.trashed and not world.gone and not world.expired
    return replace(world, trashed=False) if is_there else None


def expired(world: World) -> World | None:
    """Too long in the trash."""
    return replace(world, expired=True) if world.trashed and not world.gone else None


def looked_at(world: World) -> World | None:
    """Checked, stopped, tested as a draft: nothing changes."""
    return None if _is_away(world) else world


def _is_away(world: World) -> bool:
    return not world.exists or world.trashed or world.gone


def closure(worlds: Iterable[World]) -> Iterator[World]:
    """These worlds and what the worker may meanwhile have made of them."""
    for world in worlds:
        yield world
        if world.expired:
            yield replace(world, gone=True, candidate=None)
        if world.candidate is None:
            continue
        if world.candidate.is_good:
            yield replace(world, current=world.candidate, previous=world.current, candidate=None)
        yield replace(world, candidate=None, owes_excuse=world.owes_excuse or world.candidate.is_good)


def after(worlds: Iterable[World], effect: Effect, *, killed: bool, done: bool) -> frozenset[World]:
    """The worlds that are possible after an operation that was killed, said done, or was refused."""
    before = frozenset(closure(worlds))
    changed = frozenset(w for w in map(effect, before) if w is not None)
    if killed:
        return before | changed
    return changed if done else before


def possible(worlds: Iterable[World], seen: Seen | None) -> frozenset[World]:
    """The worlds that a look leaves; none: what was seen must not be."""
    if seen is None:
        return frozenset(w for w in closure(worlds) if w.gone or not w.exists)
    return frozenset(w for w in closure(worlds) if seen.fits(w))
