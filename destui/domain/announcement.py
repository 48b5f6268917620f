"""A change of a destination's status that a check has brought about, as it is told to people and programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from destui.domain.check import Diagnosis, Reason
from destui.domain.destination import Status


@dataclass(frozen=True)
class StatusChange:
    """Which destination went from what to what, when, by which check, and why it failed."""

    id: str
    name: str
    type: str
    before: Status
    after: Status
    at: datetime
    reason: Reason
    diagnosis: Diagnosis | None
    check_id: str

    def document(self) -> dict[str, Any]:
        """As JSON, with the keys that programs know. It holds no secrets: a diagnosis never does."""
        found = self.diagnosis
        return {
            "id": self.id, "name": self.name, "type": self.type, "from": self.before.value, "to": self.after.value,
            "at": f"{self.at:%Y-%m-%dT%H:%M:%S}.{self.at.microsecond // 1000:03d}Z", "reason": self.reason.value,
            "diagnosis": None if found is None else {
                "step": found.step, "code": found.code, "causes": list(found.causes), "cause": found.cause,
                "fix": found.fix, "message": found.message,
            },
        }  # fmt: skip
