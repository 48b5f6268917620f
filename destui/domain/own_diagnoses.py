"""Diagnoses of what fails a check though nothing is wrong with its destination: vault, worker, destui itself."""

from __future__ import annotations

from destui.domain.diagnosis import Diagnosis

_LOG = "Look into the worker's log (its path is in: destui doctor)"


def secret_lost(cause: str = "The vault no longer holds this destination's secrets.") -> Diagnosis:
    """The vault is there, and what the ledger names is not in it."""
    fix = "Re-authorise the destination: type its secrets again."
    return Diagnosis("", "SECRET-LOST", ("credentials_missing",), cause, fix, "")


def worker_died(attempts: int, what: str = "check") -> Diagnosis:
    """No attempt came to an end; `what` is a word that is also a verb."""
    cause = f"The worker ended {attempts} times in the middle of this {what}."
    fix = f"{_LOG}, then {what} again."
    return Diagnosis("", "WORKER-DIED", ("unknown",), cause, fix, "no attempt came to an end", is_own=True)


def internal(kind: str, what: str = "check") -> Diagnosis:
    """A fault of destui's own, of this class."""
    cause = f"destui itself failed in the middle of this {what} ({kind})."
    fix = f"{_LOG} and report what it says, then {what} again."
    return Diagnosis("", "INTERNAL", ("unknown",), cause, fix, kind, is_own=True)


def source_gone() -> Diagnosis:
    """What a load reads is a destination that is there no longer."""
    cause = "The destination that this load reads has been deleted."
    return Diagnosis(
        "", "LOAD-SOURCE-GONE", ("config_invalid",), cause, "Restore it, or give the load order another source.", ""
    )


def vault_away(sentence: str = "The vault is not there.") -> Diagnosis:
    """The secrets cannot be read now; the sentence says what to do."""
    return Diagnosis("", "VAULT-AWAY", ("credentials_missing",), sentence, "Then look again.", "")


EXAMPLES = (secret_lost(), worker_died(5), internal("a fault"), source_gone(), vault_away())
"""One of each, for `destui explain`."""
