"""What is done to a destination, by the command line or by keys, and what each of it makes of the model's worlds."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from tests.torture import model
from tests.torture.actors import paste
from tests.torture.model import Effect, Shape, World
from tests.torture.shapes import Places

NOT_FOUND, NOT_NOW, IN_USE = 4, 5, 2
WAIT = ("--wait", "30")
TAB_BACK, TO_END, TO_START, SAVE, TEST, ALL_FIELDS = b"\x1b[Z", b"\x05", b"\x15", b"\x13", b"\x14", b"\x0f"

Step = tuple[str, bytes]
"""Once the screen shows this text, type that."""


@dataclass(frozen=True)
class Operation:
    """One thing to do. Without `arguments` it is done by keys in the interface, without `keys` by the command line."""

    verb: str
    effect: Effect
    arguments: tuple[str, ...] = ()
    secrets: dict[str, str] = field(default_factory=dict)
    """Variables of the environment."""
    refusals: frozenset[int] = frozenset()
    """Exit codes that it may end with without having done anything."""
    keys: tuple[Step, ...] = ()
    shown: tuple[str, ...] = ()
    """The screen says one of these when the interface has done it."""
    filter: str = ""

    @property
    def by(self) -> str:
        """By what it is done."""
        return "the interface" if self.keys else "the command line"


def by_command(rng: random.Random, places: Places, world: World) -> Operation:
    """Something that may be done to a destination in this world, mostly something that makes sense there."""
    if not world.exists:
        return _add(world)
    if world.trashed:
        return rng.choice((_restore, _restore, _restore, _rename))(rng, places, world)
    verbs: list[Callable[[random.Random, Places, World], Operation]] = [
        _reauthorize, _reauthorize, _reauthorize_badly, _rollback, _edit_fields, _rename, _tag, _delete, _check,
        _cancel,
    ]  # fmt: skip
    return rng.choice(verbs)(rng, places, world)


def _add(world: World) -> Operation:
    fields, secrets = _given(world.current)
    return Operation(
        "add", model.added, ("add", world.current.type, world.name, *fields), secrets, frozenset({IN_USE})
    )  # fmt: skip


def _given(shape: Shape) -> tuple[tuple[str, ...], dict[str, str]]:
    fields = tuple(f"{name}={value}" for name, value in shape.fields)
    if shape.password is None:
        return fields, {}
    return (*fields, "--secret", "password=env:PW"), {"PW": shape.password}


_BUSY = frozenset({NOT_FOUND, NOT_NOW})


def _reauthorize(rng: random.Random, places: Places, world: World, *, good: bool = True) -> Operation:
    shape = places.shape(rng, world.current.type, good=good)
    fields, secrets = _given(shape)
    verb = "reauthorize" if good else "reauthorize badly"
    wait = WAIT if rng.random() < 0.2 else ()
    return Operation(
        verb, model.re_authorised(shape), ("reauthorize", world.name, *fields, *wait), secrets, _BUSY
    )  # fmt: skip


def _reauthorize_badly(rng: random.Random, places: Places, world: World) -> Operation:
    return _reauthorize(rng, places, world, good=False)


def _edit_fields(rng: random.Random, places: Places, world: World) -> Operation:
    """The same as re-authorising, by another verb."""
    shape = places.shape(rng, world.current.type, good=rng.random() < 0.6)
    fields, secrets = _given(shape)
    effect = model.re_authorised(shape, unless_same=True)
    return Operation("edit", effect, ("edit", world.name, *fields), secrets, _BUSY)


def _rollback(rng: random.Random, places: Places, world: World) -> Operation:
    return Operation("rollback", model.rolled_back, ("rollback", world.name), refusals=_BUSY)


def _rename(rng: random.Random, places: Places, world: World) -> Operation:
    name = _new_name(rng, world.name)
    return Operation(
        "rename", model.edited(name, None), ("edit", world.name, "--name", name), refusals=_BUSY
    )  # fmt: skip


def _new_name(rng: random.Random, name: str) -> str:
    return f"{name.partition('.')[0]}.{rng.randrange(10**6)}"


def _tag(rng: random.Random, places: Places, world: World) -> Operation:
    tags = tuple(sorted(rng.sample(("prod", "finance", "événements", "a b"), 2)))
    given = tuple(word for tag in tags for word in ("--tag", tag))
    return Operation("tag", model.edited(None, tags), ("edit", world.name, *given), refusals=_BUSY)


def _delete(rng: random.Random, places: Places, world: World) -> Operation:
    return Operation("delete", model.deleted, ("delete", world.name, "--yes"), refusals=_BUSY)


def _restore(rng: random.Random, places: Places, world: World) -> Operation:
    return Operation("restore", model.restored, ("restore", world.name), refusals=_BUSY)


def _check(rng: random.Random, places: Places, world: World) -> Operation:
    # That it failed (1) is no refusal: it was done.
    return Operation("check", model.looked_at, ("check", world.name, "--timeout", "30"), refusals=_BUSY)


def _cancel(rng: random.Random, places: Places, world: World) -> Operation:
    return Operation("cancel", model.looked_at, ("cancel", world.name), refusals=_BUSY | {1})


def by_keys(rng: random.Random, places: Places, world: World) -> Operation | None:
    """The same in the interface; None where it has no way to do something there."""
    if not world.exists:
        return _add_by_keys(world) if world.current.type in ("postgres", "mysql", "sqlite") else None
    if world.trashed:
        return None
    listed = (
        ("check", model.looked_at, (("1 of 1", b"c"),), _told(world.name)),
        ("delete", model.deleted, (("1 of 1", b"d"), ("Cancel", TAB_BACK + b"\r")), ("u brings",)),
        ("rename", None, (), ()),
        ("rollback", model.rolled_back, (*_PAGE, ("e Edit", b"B"), ("Cancel", TAB_BACK + b"\r")), ("is back on",)),
        ("reauthorize", None, (), ()),
    )  # fmt: skip
    verb, effect, keys, shown = rng.choice(listed)
    if verb == "rename":
        return _rename_by_keys(rng, world)
    if verb == "reauthorize":
        return _reauthorize_by_keys(rng, places, world)
    assert effect is not None
    return Operation(verb, effect, keys=keys, shown=shown, filter=world.name)


def _told(name: str) -> tuple[str, ...]:
    """How the interface tells the end of a check."""
    return f"{name} works", f"{name}: ", f"check of {name} was"


_PAGE: tuple[Step, ...] = (("1 of 1", b"\r"), ("connected by", b"]"))


def _add_by_keys(world: World, last: bytes = SAVE) -> Operation:
    shape = world.current
    fields = dict(shape.fields)
    begin = f"a{shape.type}\r{world.name}\t\t".encode()
    if shape.password is None:
        typed = fields["path"].encode()
    else:
        off = "sslmode=disable" if shape.type == "postgres" else "ssl-mode=DISABLED"
        scheme = "postgres" if shape.type == "postgres" else "mysql"
        account = f"{fields['user']}:{quote(shape.password, safe='')}@{fields['host']}:{fields['port']}"
        typed = paste(f"{scheme}://{account}/{fields['database']}?{off}")
    saved = last == SAVE
    return Operation(
        "add" if saved else "test", model.added if saved else lambda w: w,
        keys=(("Add destination", begin + typed + last),),
        shown=_told(world.name) if saved else ("passed,", "failed"),
    )  # fmt: skip


def draft_by_keys(rng: random.Random, places: Places, world: World) -> Operation:
    """A test of a form that is never saved: nothing of it may be left."""
    shape = places.shape(rng, rng.choice(("postgres", "mysql")), good=rng.random() < 0.7)
    return _add_by_keys(World(f"draft {rng.randrange(10**6)}", shape), TEST)


def _rename_by_keys(rng: random.Random, world: World) -> Operation:
    name = _new_name(rng, world.name)
    typed = TO_END + TO_START + name.encode() + SAVE
    return Operation(
        "rename", model.edited(name, None), keys=(*_PAGE, ("e Edit", b"e"), ("ctrl+s Save", typed)),
        shown=("is saved",), filter=world.name,
    )  # fmt: skip


def _reauthorize_by_keys(rng: random.Random, places: Places, world: World) -> Operation | None:
    if world.current.password is None:
        return None
    shape = places.shape(rng, world.current.type, good=rng.random() < 0.6)
    assert shape.password is not None
    user = dict(shape.fields)["user"].encode()
    typed = ALL_FIELDS + TAB_BACK + TO_END + TO_START + user + b"\t" + paste(shape.password) + SAVE
    return Operation(
        "reauthorize" if shape.is_good else "reauthorize badly", model.re_authorised(shape),
        keys=(("1 of 1", b"r"), ("All fields", typed)), shown=("replaced", "The test failed", "The test was"),
        filter=world.name,
    )  # fmt: skip
