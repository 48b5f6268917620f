"""Connection URLs: `postgres://user:password@host:5432/database?sslmode=require` read into fields and secrets."""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from destui.domain.errors import InvalidInput, Problem
from destui.domain.fields import TypeSpec
from destui.domain.secret import Secret


def looks_like_url(text: str) -> bool:
    """Whether a pasted text should be taken apart as a URL."""
    return "://" in text


def parse_url(spec: TypeSpec, url: str) -> tuple[dict[str, object], dict[str, Secret]]:
    """Read a URL strictly into (values, secrets) of the type.

    A password with a bare `@`, `/` or `#` would come back as part of the host name: it is refused with the way to
    write it. Raises InvalidInput on field `url`; no message repeats any part of what was given after the scheme.
    """
    scheme, separator, rest = url.strip().partition("://")
    if not separator or scheme.lower() not in spec.url_schemes:
        known = " or ".join(f"{s}://" for s in spec.url_schemes) or "no URL"
        raise _refused(f"A URL for {spec.label} starts with {known}.")
    if any(ord(c) < 33 or ord(c) == 127 for c in url.strip()):
        raise _refused("The URL holds a blank or a control character. Write it percent-encoded.")
    authority = rest.partition("?")[0].partition("/")[0]
    if authority.count("@") > 1 or "#" in rest or "@" in rest.partition("?")[0].partition("/")[2]:
        raise _refused("A @, / or # inside the user or password must be percent-encoded (%40, %2F, %23).")
    try:
        parts = urlsplit(f"{scheme.lower()}://{rest}")
        port = parts.port
    except ValueError:
        raise _refused("The host or port in the URL cannot be read. A / in a password is written %2F.") from None
    values, secrets = _address(spec, parts, port)
    _options(spec, parts, values)
    return values, secrets


def url_notes(spec: TypeSpec, url: str) -> dict[str, str]:
    """For a URL that could be read: what is to be said of fields whose value is not quite what it asks for."""
    notes: dict[str, str] = {}
    for key, value in parse_qsl(url.partition("?")[2]):
        name = (spec.url_options or {}).get(key, "")
        if note := (spec.url_notes or {}).get(name, {}).get(value):
            notes[name] = note
    return notes


def _refused(sentence: str) -> InvalidInput:
    return InvalidInput([Problem("url", sentence)])


def _address(spec: TypeSpec, parts: SplitResult, port: int | None) -> tuple[dict[str, object], dict[str, Secret]]:
    values: dict[str, object] = {}
    secrets: dict[str, Secret] = {}
    if spec.field("path"):
        if parts.netloc:
            raise _refused(f"A path follows three slashes: {parts.scheme}:///folder/file")
        # As SQLAlchemy has it: three slashes and a relative path, four and an absolute one.
        path = unquote(parts.path)
        values["path"] = path[1:] if path.startswith("//") else path
        return values, secrets
    values["host"] = parts.hostname or ""
    if port is not None:
        values["port"] = port
    if parts.username:
        values["user"] = unquote(parts.username)
    if parts.password:
        secrets["password"] = Secret(unquote(parts.password))
    if database := unquote(parts.path.lstrip("/")):
        values["database"] = database
    return {k: v for k, v in values.items() if v != ""}, secrets


def _options(spec: TypeSpec, parts: SplitResult, values: dict[str, object]) -> None:
    for key, value in parse_qsl(parts.query):
        name = (spec.url_options or {}).get(key)
        if name is None:
            allowed = ", ".join(sorted(spec.url_options or {})) or "none"
            raise _refused(f"The URL has an option that is not known here ({_short(key)}). Known: {allowed}.")
        values[name] = (spec.url_values or {}).get(name, {}).get(value, value)


def _short(word: str) -> str:
    # An option's name, not its value: that may be a secret.
    return word if len(word) <= 40 and word.replace("_", "").isalnum() else "its name cannot be shown"
