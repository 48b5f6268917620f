"""A diagnosis: what a failed step is turned into."""

from __future__ import annotations

from destui.domain.record import Record

CANCELLED_CODE = "CANCELLED"


class Diagnosis(Record):
    """What a failed step is turned into.

    `fix` is one sentence, then, each alone on a line, what to paste. `message` is the driver's own, cleaned; with
    `is_own` it is destui's, of what it has found by itself; empty where nothing was said. `driver_code` is what the
    driver or server itself calls it, such as `SQLSTATE 42501`; empty where it says nothing.
    """

    __slots__ = ("cause", "causes", "code", "driver_code", "fix", "is_own", "message", "step")

    def __init__(
        self, step: str, code: str, causes: tuple[str, ...], cause: str, fix: str, message: str, driver_code: str = "",
        is_own: bool = False,
    ) -> None:  # fmt: skip
        self.step = step
        self.code = code
        self.causes = causes
        self.cause = cause
        self.fix = fix
        self.message = message
        self.driver_code = driver_code
        self.is_own = is_own

    def document(self) -> dict[str, object]:
        """All of it by name, for JSON; `Diagnosis(**document)` is the same again."""
        return {name: getattr(self, name) for name in self.__slots__}

    def replaced(self, **changes: object) -> Diagnosis:
        """The same but for these values."""
        return Diagnosis(**{**self.document(), **changes})  # type: ignore[arg-type]

    @property
    def shown_code(self) -> str:
        """The code to show beside the driver's words: its own where there is one."""
        return self.driver_code or self.code

    @property
    def whose_words(self) -> str:
        """Who said the message, to stand before it: `The driver said, SQLSTATE 42501`; empty where nobody said any."""
        if not self.message or self.code == CANCELLED_CODE:
            return ""
        if self.is_own:
            return "destui found"
        return f"The driver said{self.driver_code and ', '}{self.driver_code}"

    @property
    def fix_sentence(self) -> str:
        """The sentence that says who does what."""
        return self.fix.partition("\n")[0]

    @property
    def fix_lines(self) -> tuple[str, ...]:
        """The lines to paste, whole."""
        return tuple(line for line in self.fix.split("\n")[1:] if line)
