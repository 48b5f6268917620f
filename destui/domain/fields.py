"""The declaration of a type: its fields, from which forms, options, export and validation are made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from destui.domain.errors import InvalidInput, Problem
from destui.domain.secret import Secret

FieldValue = str | int | float
Fields = Mapping[str, FieldValue]
"""The fields of a destination that are not secret, by name."""


class FieldKind(StrEnum):
    """What a field holds; decides its widget and how its text is read."""

    TEXT = "text"
    HOST = "host"
    PORT = "port"
    NUMBER = "number"
    CHOICE = "choice"
    PATH = "path"
    """A path on the host that runs the check."""


@dataclass(frozen=True)
class FieldSpec:
    """One field of a type. `default` fills it in; `section` is the form's heading above it; `shown_when` is
    (field, values): it is asked for only while that field has one of the values."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    secret: bool = False
    default: FieldValue | None = None
    choices: tuple[str, ...] = ()
    help: str = ""
    placeholder: str = ""
    section: str = ""
    endpoint: bool = False
    """It says where secrets are sent: when it changes, secrets must be typed again."""
    shown_when: tuple[str, tuple[str, ...]] | None = None


TLS_MODES = ("off", "require", "verify-ca", "verify-full")


@dataclass(frozen=True)
class TypeSpec:
    """A type of destination as its connector declares it."""

    id: str
    label: str
    description: str
    fields: tuple[FieldSpec, ...]
    steps: tuple[str, ...]
    url_schemes: tuple[str, ...] = ()
    url_options: Mapping[str, str] | None = None
    """Names of a URL's query options → names of fields."""
    url_values: Mapping[str, Mapping[str, str]] | None = None
    """For a field, the URL's words → ours (`disable` → `off`)."""
    url_notes: Mapping[str, Mapping[str, str]] | None = None
    """For a field, those of the URL's words that ours do not quite mean → what is said of it."""
    driver: str = ""
    """The module that must be importable in the worker; empty: none."""
    extra: str = ""
    """The package extra that installs it."""
    local: bool = False
    """It lives on one host: pinned to the host that added it, its paths made absolute."""

    def field(self, name: str) -> FieldSpec | None:
        """The field of this name."""
        return next((f for f in self.fields if f.name == name), None)

    @property
    def secret_names(self) -> frozenset[str]:
        """Names of its secret fields."""
        return frozenset(f.name for f in self.fields if f.secret)

    def defaults(self) -> dict[str, FieldValue]:
        """What a new form is filled with."""
        return {f.name: f.default for f in self.fields if f.default is not None and not f.secret}

    def is_shown(self, spec: FieldSpec, values: Mapping[str, object]) -> bool:
        """Whether `spec` is asked for, given the other values."""
        if spec.shown_when is None:
            return True
        name, wanted = spec.shown_when
        return str(values.get(name, "")) in wanted


# A host name, an IPv4 address, an IPv6 address or a path of a Unix socket's folder.
_HOST = re.compile(r"^(?:/[^\s\0]+|[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})|[0-9A-Fa-f:.]+(?:%\w+)?)$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
MAX_VALUE = 4096


def read_value(spec: FieldSpec, raw: object) -> FieldValue:
    """Turn what was typed into the field's value. Raises ValueError with a sentence that names the remedy."""
    text = str(raw).strip() if spec.kind is not FieldKind.PATH else str(raw)
    if len(text) > MAX_VALUE:
        raise ValueError(f"This is longer than {MAX_VALUE} characters. Shorten it.")
    if _CONTROL.search(text):
        raise ValueError("This holds a control character or a line break. Remove it.")
    match spec.kind:
        case FieldKind.PORT:
            if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
                raise ValueError("A port is a number from 1 to 65535.")
            return int(text)
        case FieldKind.NUMBER:
            try:
                number = float(text)
            except ValueError:
                raise ValueError("This must be a number.") from None
            if not 0 <= number <= 86_400:
                raise ValueError("This must be a number from 0 to 86400.")
            return int(number) if number == int(number) else number
        case FieldKind.CHOICE:
            if text not in spec.choices:
                raise ValueError(f"Choose one of {', '.join(spec.choices)}.")
        case FieldKind.HOST:
            if "://" in text:
                raise ValueError("This is a URL. Give the host name alone, or paste the URL into an empty Host field.")
            if not _HOST.match(text):
                raise ValueError("This is not a host name or an address. Give a name such as db.example.com.")
    return text


def read_secret(raw: Secret) -> Secret:
    """Check a secret's text. Raises ValueError; the sentence never repeats the secret."""
    if len(raw.reveal()) > 65_536:
        raise ValueError("This is longer than 65536 characters. Shorten it.")
    if any("\ud800" <= c <= "\udfff" for c in raw.reveal()):
        raise ValueError("This holds bytes that are not UTF-8 text. Give it as text.")
    if "\0" in raw.reveal():
        raise ValueError("This holds a zero byte, which no server takes. Remove it.")
    return raw


def _read_secret_field(field: FieldSpec, values: Mapping[str, object], secrets: Mapping[str, Secret]) -> Secret | None:
    if field.name in values:
        raise ValueError(f"This is secret. Give it as a secret, not as {field.name}=…")
    secret = secrets.get(field.name)
    return read_secret(secret) if secret else None


def _read_plain_field(
    field: FieldSpec, given: Mapping[str, object], secrets: Mapping[str, Secret]
) -> FieldValue | None:  # fmt: skip
    if field.name in secrets:
        raise ValueError("This is not a secret field. Give it as a plain value.")
    raw = given.get(field.name, field.default)
    return None if raw is None or str(raw).strip() == "" else read_value(field, raw)


def _given(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def validate(
    spec: TypeSpec,
    values: Mapping[str, object],
    secrets: Mapping[str, Secret],
    kept: frozenset[str] = frozenset(),
) -> tuple[dict[str, FieldValue], dict[str, Secret]]:
    """Read all values of a form by the type's declaration.

    `kept` names secret fields that stay as they are. Defaults fill what is missing; empty optional values are
    left out, and so are those of fields that the other values make needless, if they are valid. Raises InvalidInput
    with every problem found, not only the first.
    """
    problems = [
        Problem(name, f"{spec.label} has no field of this name. It has: {', '.join(f.name for f in spec.fields)}.")
        for name in (*values, *secrets)
        if spec.field(name) is None
    ]
    given = _given(values)
    fields: dict[str, FieldValue] = {}
    clean: dict[str, Secret] = {}
    for field in spec.fields:
        try:
            plain = None if field.secret else _read_plain_field(field, given, secrets)
            secret = _read_secret_field(field, values, secrets) if field.secret else None
        except ValueError as error:
            problems.append(Problem(field.name, str(error)))
            continue
        if not spec.is_shown(field, {**spec.defaults(), **given}):
            continue
        if plain is not None:
            fields[field.name] = plain
        elif secret is not None:
            clean[field.name] = secret
        elif field.required and field.name not in kept:
            problems.append(Problem(field.name, f"{field.label} is required."))
    if problems:
        raise InvalidInput(problems)
    return fields, clean


def needless(spec: TypeSpec, values: Mapping[str, object], given: Iterable[str]) -> list[str]:
    """A sentence about each of the `given` fields that counts for nothing beside the other values."""
    shown = {**spec.defaults(), **_given(values)}
    told = []
    for field in spec.fields:
        if field.name in given and field.shown_when and not spec.is_shown(field, shown):
            name, wanted = field.shown_when
            told.append(f"{field.name} counts only with {name}={' or '.join(wanted)}; it was left out.")
    return told


def endpoint_changed(spec: TypeSpec, old: Fields, new: Fields) -> tuple[str, ...]:
    """Labels of the fields that say where secrets go and that differ between two configurations."""
    old, new = {**spec.defaults(), **old}, {**spec.defaults(), **new}
    return tuple(f.label for f in spec.fields if f.endpoint and old.get(f.name) != new.get(f.name))
