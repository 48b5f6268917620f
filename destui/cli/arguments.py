"""Reading arguments: options, fields and names in any order; `--` ends the options."""

from __future__ import annotations

from destui.domain.errors import InvalidInput, Problem

TYPE_CHECKING = False  # `typing`, `enum` and `re` would cost their imports: every command reads its arguments
if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind:
    """What an option takes."""

    FLAG = "flag"
    VALUE = "value"
    VALUES = "values"
    """May be given several times."""
    SECONDS = "seconds"
    """May stand alone (until the end) or have a number of seconds behind it."""


class Arguments:
    """What was given to a verb; `ended` is how many words stood before `--`."""

    def __init__(self, verb: str) -> None:
        self.verb = verb
        self.words: list[str] = []
        self.ended: int | None = None
        self.options: dict[str, list[str]] = {}

    def flag(self, name: str) -> bool:
        """Whether the option was given."""
        return name in self.options

    def value(self, name: str) -> str | None:
        """An option's value; the last one counts."""
        given = self.options.get(name)
        return given[-1] if given else None

    def values(self, name: str) -> list[str]:
        """All values of an option."""
        return self.options.get(name, [])

    def seconds(self, name: str) -> float | None:
        """Seconds, None for `until the end`."""
        given = self.value(name)
        return float(given) if given else None

    def duration(self, name: str) -> float | None:
        """A number of seconds above 0, None when it is not given. Raises InvalidInput."""
        given = self.value(name)
        if given is None:
            return None
        if not _is_seconds(given) or float(given) <= 0:
            raise usage(self.verb, f"--{name} takes a number of seconds above 0")
        return float(given)

    def number(self, name: str, default: int) -> int:
        """A whole number above 0. Raises InvalidInput."""
        given = self.value(name)
        if given is None:
            return default
        if (number := whole_number(given)) is None or number < 1:
            raise usage(self.verb, f"--{name} takes a whole number above 0")
        return number

    def names(self, least: int, most: int | None, what: str) -> list[str]:
        """Words where only names may stand. Raises InvalidInput."""
        if len(self.words) < least or (most is not None and len(self.words) > most):
            raise usage(
                self.verb, f"needs {what}" if len(self.words) < least else f"takes {what}, not {len(self.words)}"
            )
        return self.words

    def names_and_fields(self, count: int, what: str) -> tuple[list[str], dict[str, str]]:
        """`count` names and any number of field=value, in any order; behind `--` the missing names come first.

        Raises InvalidInput.
        """
        names: list[str] = []
        fields: dict[str, str] = {}
        for position, word in enumerate(self.words):
            behind = self.ended is not None and position >= self.ended
            field, has_value, value = word.partition("=")
            if not has_value or not _is_field(field) or (behind and len(names) < count):
                names.append(word)
            elif field in fields:
                raise InvalidInput([Problem(field, "This field is given twice.")])
            else:
                fields[field] = value
        if len(names) != count:
            raise usage(self.verb, f"needs {what}" if len(names) < count else f"takes {what} and field=value")
        return names, fields


def whole_number(text: str) -> int | None:
    """A whole number from 0 as people type it; None when it is none, or has more digits than anything here needs."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def usage(verb: str, sentence: str) -> InvalidInput:
    """Bad usage, with where to read more."""
    return InvalidInput([Problem(verb, f"{sentence}. See: destui {'' if verb == 'interface' else f'{verb} '}--help")])


def parse(verb: str, given: list[str], options: Mapping[str, str]) -> Arguments:
    """Read the arguments of a verb. Raises InvalidInput."""
    found = Arguments(verb)
    rest = list(given)
    while rest:
        word = rest.pop(0)
        if word == "--":
            found.ended = len(found.words)
            found.words += rest
            break
        if not word.startswith("-") or word == "-" or word[1].isdigit():  # no option begins with a digit
            found.words.append(word)
            continue
        name, has_value, value = word.removeprefix("--").partition("=")
        kind = options.get(name) if word.startswith("--") else None
        if kind is None:
            raise usage(verb, f"has no option {word.partition('=')[0]}")
        found.options.setdefault(name, []).append(_value_of(verb, name, kind, value if has_value else None, rest))
    return found


def _value_of(verb: str, name: str, kind: str, value: str | None, rest: list[str]) -> str:
    if kind == Kind.FLAG:
        if value is not None:
            raise usage(verb, f"--{name} takes no value")
        return ""
    if kind == Kind.SECONDS:
        if value is None:
            return rest.pop(0) if rest and _is_seconds(rest[0]) else ""
        if not _is_seconds(value):
            raise usage(verb, f"--{name} takes a number of seconds")
        return value
    if value is not None:
        return value
    if not rest or rest[0] == "--":
        raise usage(verb, f"--{name} needs a value")
    return rest.pop(0)


def _is_seconds(text: str) -> bool:
    whole, has_part, part = text.partition(".")
    return whole_number(whole) is not None and (not has_part or whole_number(part) is not None)


def _is_field(name: str) -> bool:
    """The name of a field: small letters, digits and underscores, a letter first."""
    return name.isascii() and name == name.lower() and name.isidentifier() and name[0] != "_"
