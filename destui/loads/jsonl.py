"""JSON Lines: one object a line, whose keys are the columns."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from destui.connectors.base import Fault
from destui.domain.loads import FileOptions
from destui.loads.engine import Engine, literal
from destui.loads.sources import Source, SourceColumn, check_names
from destui.loads.types import EXACT, NUMBER, TEXT, Type

_LONGEST = 4 << 20  # bytes of one object: buffers grow with it

# A number with a point has more digits than a double keeps, which DuckDB would cut without a word. It cannot be told
# apart from one inside a text; rather refused than cut.
_LONG = r"[:\[,]\s*(-?[0-9]+\.[0-9]+)(?:[\s,\]}]|$)"
_CUT = (
    f"regexp_matches(json, '[0-9.]{{17}}') AND list_bool_and(list_transform(regexp_extract_all(json, '{_LONG}', 1),"
    " lambda t: length(ltrim(replace(replace(t, '-', ''), '.', ''), '0')) <= 15"
    " OR CAST(CAST(t AS DOUBLE) AS VARCHAR) = t)) IS FALSE"
)
_SHAPES = (
    "coalesce(CAST(TRY_CAST({c} AS BIGINT) AS VARCHAR) = {c}, false)",
    "coalesce(CAST(TRY_CAST({c} AS DOUBLE) AS VARCHAR) IN ({c}, {c} || '.0'), false)",
    f"regexp_full_match({{c}}, '{NUMBER}')",
)
"""What numbers are written like that are whole, doubles, and exact at any size."""
_OBJECT = (
    f"CASE WHEN json_type(json) <> 'OBJECT' THEN error('destui-object') WHEN {_CUT} THEN error('destui-digits')"
    " ELSE json END"
)


class JsonFiles(Source):
    """Files of JSON Lines as one source. All of it is looked through for its keys and their types."""

    def __init__(self, engine: Engine, files: Sequence[Path], options: FileOptions) -> None:
        super().__init__(engine)
        if options.encoding.lower().replace("_", "-") not in ("utf-8", "utf8", "utf-8-sig"):
            raise Fault("LOAD-ENCODING-JSON", "JSON is read as UTF-8 only", file=str(files[0]))
        listed = ", ".join(literal(str(file)) for file in files)
        compression = "uncompressed" if options.compression == "none" else options.compression
        self._read = (
            f"read_json_objects([{listed}], format = 'newline_delimited', maximum_object_size = {_LONGEST}, "
            f"compression = '{compression}')"
        )
        structure = engine.rows(f"SELECT CAST(json_group_structure({_OBJECT}) AS VARCHAR), count(*) FROM {self._read}")
        shape, self.total_rows = json.loads(structure[0][0] or "{}"), int(structure[0][1])
        if not isinstance(shape, dict):
            raise Fault("LOAD-JSON", "a line is not an object", file=str(files[0]), line="1")
        names = list(shape)
        check_names(names, str(files[0]))
        self._pointers = ", ".join(literal("/" + n.replace("~", "~0").replace("/", "~1")) for n in names)
        self._kinds = [shape[name] for name in names]
        self.columns = tuple(SourceColumn(name, TEXT, f"c{n}") for n, name in enumerate(names))
        self.columns = tuple(
            SourceColumn(column.name, kind, column.sql)
            for column, kind in zip(self.columns, self._typed(), strict=True)
        )

    def relation(self, most: int | None = None) -> str:
        """Texts without their quotes, all else as it is written."""
        objects = f"SELECT json_extract({_OBJECT}, [{self._pointers}]) AS x FROM {self._read}"
        picked = ", ".join(self._value(n, kind) for n, kind in enumerate(self._kinds))
        limit = "" if most is None else f" LIMIT {most}"
        return f"(SELECT {picked} FROM ({objects}{limit}))"

    def _value(self, number: int, kind: object) -> str:
        found = f"x[{number + 1}]"
        value = f"({found} ->> '$')" if kind == "VARCHAR" else f"CAST({found} AS VARCHAR)"
        if len(self.columns) == len(self._kinds):
            value = _as(value, self.columns[number].type)
        # JSON's own null, not the text.
        return f"CASE WHEN CAST({found} AS VARCHAR) = 'null' THEN NULL ELSE {value} END AS c{number}"

    def _typed(self) -> list[Type]:
        """The types of the columns. Numbers that are no doubles exactly stay as they are written."""
        numeric = ("UBIGINT", "BIGINT", "DOUBLE", "HUGEINT", "UHUGEINT")
        wanted = [n for n, kind in enumerate(self._kinds) if kind in numeric]
        evidence = ", ".join(
            f"bool_and({shape.replace('{c}', f'c{n}')}) FILTER (c{n} IS NOT NULL)" for n in wanted for shape in _SHAPES
        )
        row = self.engine.rows(f"SELECT {evidence} FROM {self.relation()}")[0] if wanted else ()
        types = []
        for n, kind in enumerate(self._kinds):
            if n in wanted:
                at = wanted.index(n) * 3
                names = zip(row[at : at + 3], (Type("BIGINT"), Type("DOUBLE"), EXACT), strict=True)
                types.append(next((found for holds, found in names if holds), Type("JSON")))
            else:
                types.append({"VARCHAR": TEXT, "BOOLEAN": Type("BOOLEAN"), "NULL": TEXT}.get(str(kind), Type("JSON")))
        return types


def _as(value: str, kind: Type) -> str:
    return f"CAST({value} AS {kind.carrier})" if kind.name in ("BIGINT", "DOUBLE", "BOOLEAN") else value


_MALFORMED = re.compile(r'Malformed JSON in file "(?P<file>.*)", at byte \d+ in line (?P<line>\d+): (?P<what>.*)')


def json_fault(words: str) -> Fault | None:
    """What DuckDB's words about a JSON file mean."""
    if found := _MALFORMED.search(words):
        code = "LOAD-ENCODING" if "UTF-8" in found["what"] else "LOAD-JSON"
        return Fault(code, words.splitlines()[0], file=found["file"], line=found["line"], encoding="utf-8")
    if "destui-object" in words:
        return Fault("LOAD-JSON-OBJECT", "a line holds something that is no object")
    if "destui-digits" in words:
        return Fault("LOAD-JSON-DIGITS", "a number has more digits than are kept")
    return None
