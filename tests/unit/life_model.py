"""The life of destinations as a pure model: what each operation does to a state, and with which errors it may be
refused there. `tests/unit/test_life_at_once.py` holds destui against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

LIMIT = 3
DONE = frozenset({"done"})
ACTIVE, ERROR, INITIALIZING = "active", "error", "initializing"


@dataclass(frozen=True)
class Login:
    """What a destination signs in with: a field and the secret that belongs to it."""

    user: str
    password: str


@dataclass(frozen=True)
class Open:
    """An open check: what it was asked for with; of a rotation also the candidate."""

    config: int
    initialises: bool = False
    candidate: Login | None = None
    begun: bool = False


@dataclass(frozen=True)
class One:
    """A destination."""

    name: str
    login: Login
    previous: Login | None = None
    tags: tuple[str, ...] = ()
    status: str = INITIALIZING
    version: int = 1
    config: int = 1
    check: Open | None = None
    rotation: Open | None = None
    trashed: bool = False
    expired: bool = False
    """In the trash for longer than it may."""


@dataclass(frozen=True)
class Changes:
    """What an edit is to change; None leaves a thing as it is."""

    name: str | None = None
    tags: tuple[str, ...] | None = None
    user: str | None = None
    password: str | None = None


@dataclass(frozen=True)
class State:
    """All destinations by id; purged ones are gone from it."""

    all: Mapping[str, One] = field(default_factory=dict)

    def with_one(self, identity: str, one: One) -> State:
        """The same with one destination changed or added."""
        return State({**self.all, identity: one})

    @property
    def live(self) -> dict[str, One]:
        """Those that are not in the trash."""
        return {i: one for i, one in self.all.items() if not one.trashed}

    def is_taken(self, name: str, but_for: str = "") -> bool:
        """Whether another one has this name."""
        return any(one.name == name for i, one in self.live.items() if i != but_for)


Step = Callable[[State], tuple[frozenset[str], State]]
"""What an operation may end with in a state (`done`, or names of errors), and the state after it when it is done."""


def add(identity: str, name: str, login: Login, tags: tuple[str, ...] = ()) -> Step:
    """A new one; `identity` is what it was given."""

    def step(state: State) -> tuple[frozenset[str], State]:
        refusals = {"NameInUse"} if state.is_taken(name) else set()
        refusals |= {"LimitReached"} if len(state.live) >= LIMIT else set()
        one = One(name, login, tags=tags, check=Open(1, initialises=True))
        return frozenset(refusals) or DONE, state.with_one(identity, one)

    return step


def edit(identity: str, version: int, to: Changes) -> Step:
    """Name and tags at once, field and secret as a candidate, for what was read at this version: all or nothing."""

    def step(state: State) -> tuple[frozenset[str], State]:
        one = state.live.get(identity)
        if one is None:
            return frozenset({"NotFound"}), state
        if one.version != version:
            return frozenset({"Conflict"}), state
        if to.name is not None and state.is_taken(to.name, identity):
            return frozenset({"NameInUse"}), state
        name = one.name if to.name is None else to.name
        tags = one.tags if to.tags is None else to.tags
        changed = replace(one, name=name, tags=tags)
        changed = changed if changed == one else replace(changed, version=version + 1)
        login = Login(to.user or one.login.user, to.password or one.login.password)
        # A secret that is typed again is looked at again, even when it is the same.
        if to.password is None and login == one.login:
            return DONE, state.with_one(identity, changed)
        if one.status == INITIALIZING or one.rotation:
            return frozenset({"NotNow"}), state
        return DONE, state.with_one(identity, _candidate(changed, login))

    return step


def _candidate(one: One, login: Login) -> One:
    status = INITIALIZING if one.status == ERROR else one.status
    return replace(one, status=status, rotation=Open(one.config, candidate=login))


def reauthorize(identity: str, version: int, password: str) -> Step:
    """A candidate for what was read at this version."""

    def step(state: State) -> tuple[frozenset[str], State]:
        one = state.live.get(identity)
        if one is None:
            return frozenset({"NotFound"}), state
        # It looks at the status before the version, outside of the transaction, and within it again.
        refusals = {"NotNow"} if one.status == INITIALIZING or one.rotation else set()
        refusals |= {"Conflict"} if one.version != version else set()
        changed = _candidate(one, Login(one.login.user, password))
        return frozenset(refusals) or DONE, state.with_one(identity, changed)

    return step


def rollback(identity: str) -> Step:
    """Current and previous change places."""

    def step(state: State) -> tuple[frozenset[str], State]:
        one = state.live.get(identity)
        if one is None or one.previous is None:
            return frozenset({"NotFound"}), state
        if one.status == INITIALIZING or one.rotation:
            return frozenset({"NotNow"}), state
        changed = replace(
            one, login=one.previous, previous=one.login, version=one.version + 1, config=one.config + 1,
            check=one.check or Open(one.config + 1),
        )  # fmt: skip
        return DONE, state.with_one(identity, changed)

    return step


def ask(identity: str) -> Step:
    """A check, or joining one that is open."""

    def step(state: State) -> tuple[frozenset[str], State]:
        one = state.live.get(identity)
        if one is None:
            return frozenset({"NotFound"}), state
        if one.rotation or one.check:
            return DONE, state
        return DONE, state.with_one(identity, _checked(one))

    return step


def _checked(one: One) -> One:
    return replace(one, check=one.check or Open(one.config, initialises=one.status == INITIALIZING))


def delete(identity: str) -> Step:
    """Into the trash: what is not begun is stopped, what is begun is told to stop."""

    def step(state: State) -> tuple[frozenset[str], State]:
        one = state.live.get(identity)
        if one is None:
            return frozenset({"NotFound"}), state
        if one.check and not one.check.begun:
            one = replace(one, check=None, status=ERROR if one.check.initialises else one.status)
        if one.rotation and not one.rotation.begun:
            one = replace(one, rotation=None, status=ERROR if one.status == INITIALIZING else one.status)
        return DONE, state.with_one(identity, replace(one, trashed=True, version=one.version + 1))

    return step


def restore(identity: str) -> Step:
    """Out of the trash; what was Active or initialising is looked at again."""

    def step(state: State) -> tuple[frozenset[str], State]:
        one = state.all.get(identity)
        if one is None or not one.trashed or one.expired:
            return frozenset({"NotFound"}), state
        refusals = {"LimitReached"} if len(state.live) >= LIMIT else set()
        refusals |= {"NameInUse"} if state.is_taken(one.name) else set()
        back = replace(one, trashed=False, version=one.version + 1)
        back = back if back.status == ERROR else _checked(back)
        return frozenset(refusals) or DONE, state.with_one(identity, back)

    return step


def expire(identity: str) -> Step:
    """Its days in the trash pass."""

    def step(state: State) -> tuple[frozenset[str], State]:
        one = state.all.get(identity)
        if one is None or not one.trashed:
            return frozenset({"NotFound"}), state
        return DONE, state.with_one(identity, replace(one, expired=True))

    return step


def purge(state: State) -> tuple[frozenset[str], State]:
    """A step: whatever has expired is gone."""
    return DONE, State({i: one for i, one in state.all.items() if not one.expired})


def begin(identity: str, kind: str) -> Step:
    """A worker begins the open check: it looks at what is current then, a rotation at its candidate."""

    def step(state: State) -> tuple[frozenset[str], State]:
        one = state.all[identity]
        if kind == "rotation":
            assert one.rotation is not None
            return DONE, state.with_one(identity, replace(one, rotation=replace(one.rotation, begun=True)))
        assert one.check is not None
        return DONE, state.with_one(identity, replace(one, check=replace(one.check, config=one.config, begun=True)))

    return step


def finish(identity: str, kind: str, *, good: bool) -> Step:
    """A begun check ends; nobody needs its end where the destination was purged meanwhile."""

    def step(state: State) -> tuple[frozenset[str], State]:
        one = state.all.get(identity)
        if one is None:
            return DONE, state
        done = _end_rotation(one, good) if kind == "rotation" else _end_check(one, good)
        return DONE, state.with_one(identity, done)

    return step


def _end_check(one: One, good: bool) -> One:
    check = one.check
    assert check is not None
    one = replace(one, check=None)
    if check.initialises or check.config == one.config:
        return replace(one, status=ACTIVE if good else ERROR)
    # It looked at what is no longer current: somebody rolled back meanwhile. What is current is looked at next.
    return one if one.trashed else replace(one, check=Open(one.config))


def _end_rotation(one: One, good: bool) -> One:
    rotation = one.rotation
    assert rotation is not None and rotation.candidate is not None
    one = replace(one, rotation=None)
    if good and rotation.config == one.config:
        return replace(
            one, login=rotation.candidate, previous=one.login, status=ACTIVE, version=one.version + 1,
            config=one.config + 1,
        )  # fmt: skip
    return replace(one, status=ERROR) if one.status == INITIALIZING else one


def orders(first: tuple[Step, str], second: tuple[Step, str], state: State) -> list[State]:
    """The states in which two operations may have left this one, whose outcomes are known: one before the other."""
    found = []
    for one, other in ((first, second), (second, first)):
        between = _after(one, state)
        after = _after(other, between) if between is not None else None
        if after is not None:
            found.append(after)
    return found


def _after(operation: tuple[Step, str], state: State) -> State | None:
    step, outcome = operation
    allowed, changed = step(state)
    if outcome not in allowed:
        return None
    return changed if outcome == "done" else state
