"""Sentences and lines to paste, made from templates and the user's values, each quoted for where it goes."""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` itself would cost its import
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Reserved words of SQL that a plain identifier must not be; the rest need no quotes in a GRANT or ALTER.
_RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between binary both case cast check collate
    collation column concurrently constraint create cross current_catalog current_date current_role current_schema
    current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for
    foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral
    leading left like limit localtime localtimestamp natural none not notnull null offset on only or order outer
    overlaps placing primary references returning right select session_user similar some symmetric
    system_user table tablesample then to trailing true union unique user using variadic verbose when where window
    with
    """.split()
)


def sql_identifier(name: str) -> str:
    """A name as SQL takes it: bare where that means the same, otherwise in double quotes."""
    if name.isascii() and name.isidentifier() and name == name.lower() and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def sql_string(text: str) -> str:
    """A text as SQL takes it."""
    return "'" + text.replace("'", "''") + "'"


def mysql_identifier(name: str) -> str:
    """A name as MySQL takes it, in its own quotes."""
    return "`" + name.replace("`", "``") + "`"


def mysql_string(text: str) -> str:
    """A text as MySQL takes it, also the user and the host of an account."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def hba_word(name: str) -> str:
    """A database or user as pg_hba.conf takes it; quotes take the special meaning from `all`, `replication`, …."""
    special = ("all", "sameuser", "samerole", "samegroup", "replication")
    letters = name.replace("_", "a").replace(".", "a").replace("-", "a")
    if name.isascii() and letters.isalnum() and name[0] not in ".-" and name.lower() not in special:
        return name
    return '"' + name.replace('"', '""') + '"'


def network(address: str) -> str:
    """An address as the network of itself alone, as firewalls and pg_hba.conf take it."""
    return f"{address.partition('%')[0]}/{128 if ':' in address else 32}"


def shell_word(text: str) -> str:
    """A text as a shell takes it."""
    import shlex

    return shlex.quote(text)


_FORMS: Mapping[str, Callable[[str], str]] = {
    "": str, "id": sql_identifier, "str": sql_string, "hba": hba_word, "net": network, "sh": shell_word,
    "my": mysql_identifier, "mystr": mysql_string,
}  # fmt: skip


class Phrases:
    """Fills templates from values; a value that is not known shows as `<its name>`."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def lacks(self, template: str) -> bool:
        """Whether a value of the template is not known."""
        places = (part.partition("}")[0].partition(":")[0] for part in template.split("{")[1:])
        return not all(map(self._values.get, places))

    def fill(self, template: str) -> str:
        """The template with its values, of which none can break a line. A name stands for itself: no attributes."""
        filled, *rest = template.split("{")
        for part in rest:
            place, _, behind = part.partition("}")
            name, _, form = place.partition(":")
            value = self._values.get(name)
            # A value that is not known is shown by its name, and never quoted.
            filled += (_FORMS[form](" ".join(value.splitlines())) if value else f"<{name}>") + behind
        return filled
