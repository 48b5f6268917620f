"""What can go wrong for a user, as types. Each message is a whole sentence: what, where, what to do."""

from __future__ import annotations

from destui.domain.record import Record

TYPE_CHECKING = False  # `typing` itself would cost its import
if TYPE_CHECKING:
    from collections.abc import Sequence


class DestuiError(Exception):
    """Base of everything that is told to the user in one line."""


class Problem(Record):
    """One thing wrong with one field of an input: the field's name and a sentence with the remedy."""

    __slots__ = ("field", "message")

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message


class InvalidInput(DestuiError):
    """Values that cannot be taken; `problems` names every field at fault."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(f"{p.field}: {p.message}" for p in self.problems))


class NameInUse(InvalidInput):
    """Another destination (not in the trash) has this name."""

    def __init__(self, name: str, sentence: str = "This name is in use. Choose another.") -> None:
        self.name = name
        super().__init__([Problem("name", sentence)])


class LimitReached(DestuiError):
    """The store holds as many destinations as it may. `limit` is N, `contact` whom to ask for more."""

    def __init__(self, limit: int, contact: str = "") -> None:
        self.limit = limit
        self.contact = contact
        super().__init__(limit_sentence(limit, contact))


class NotFound(DestuiError):
    """No such destination, check or load order."""


class Conflict(DestuiError):
    """Somebody changed the row after it was read; the sentence says who changed what and when."""

    def __init__(self, sentence: str, version: int | None = None) -> None:
        """`version`: up to which the sentence tells it."""
        super().__init__(sentence)
        self.version = version


class NotNow(DestuiError):
    """The action exists, but not in the present state (re-authorising while Initializing, …)."""


class StoreUnavailable(DestuiError):
    """The store cannot be opened, reached or written now. `is_cut`: its server was lost or refused, and may answer
    at the next try."""

    def __init__(self, sentence: str, *, is_cut: bool = False) -> None:
        super().__init__(sentence)
        self.is_cut = is_cut


class WorkerUnavailable(DestuiError):
    """No worker does what was asked. `sentence` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"{sentence} What was asked is kept, and done as soon as a worker is there.")


class VaultUnavailable(DestuiError):
    """The store's vault is not there in this session; the sentence says what to do."""


class SecretLost(VaultUnavailable):
    """The vault is there, but no longer holds what the ledger says: waiting brings nothing back."""


def limit_tooltip(limit: int) -> str:
    """The exact sentence of a disabled Add button."""
    return f"You've reached your limit of {limit} destinations"


def limit_sentence(limit: int, contact: str = "") -> str:
    """The same for the keyboard and the command line, with whom to ask."""
    ask = f"Ask {contact} to raise it." if contact else "Delete one, or raise it with: destui limit N"
    return f"{limit_tooltip(limit)}. {ask}"
