"""Plans, progress and results as JSON, on the pipes between the worker and a run's process. Pipes are private to both,
so that secrets may pass: they are in no argument, no environment and no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from destui.domain.check import Diagnosis
from destui.domain.loads import (
    Column,
    FileOptions,
    LineProblem,
    LoadPlan,
    Mode,
    Phase,
    Place,
    Preview,
    Progress,
    RunResult,
    RunState,
    SourceSpec,
)
from destui.domain.secret import Secret


def plan_to_json(plan: LoadPlan) -> dict[str, Any]:
    """A plan with its secrets in clear: for the pipe alone."""
    return {
        "run_id": plan.run_id, "target": _place(plan.target), "table": plan.table, "mode": plan.mode.value,
        "source": spec_to_json(plan.source), "key": list(plan.key), "add_columns": plan.add_columns,
        "source_place": None if plan.source_place is None else _place(plan.source_place), "again": plan.again,
        "only_look": plan.only_look,
    }  # fmt: skip


def _place(place: Place) -> dict[str, Any]:
    secrets = {name: secret.reveal() for name, secret in place.secrets.items()}
    return {"type": place.type, "fields": dict(place.fields), "secrets": secrets}


def plan_from_json(raw: Mapping[str, Any]) -> LoadPlan:
    """The plan back."""
    source_place = raw["source_place"]
    return LoadPlan(
        raw["run_id"], _place_from(raw["target"]), raw["table"], Mode(raw["mode"]), spec_from_json(raw["source"]),
        None if source_place is None else _place_from(source_place), tuple(raw["key"]), raw["add_columns"],
        raw["again"], raw["only_look"],
    )  # fmt: skip


def _place_from(raw: Mapping[str, Any]) -> Place:
    return Place(raw["type"], raw["fields"], {name: Secret(text) for name, text in raw["secrets"].items()})


def spec_to_json(spec: SourceSpec) -> dict[str, Any]:
    """A source's description, also as the store keeps it."""
    return asdict(spec)


def spec_from_json(raw: Mapping[str, Any]) -> SourceSpec:
    """The description back."""
    return SourceSpec(**{**raw, "options": _options(raw["options"])})


def _options(raw: Mapping[str, Any]) -> FileOptions:
    words = raw["null_words"]
    return FileOptions(**{**raw, "null_words": None if words is None else tuple(words)})


def progress_to_json(progress: Progress) -> dict[str, Any]:
    """How far a run is."""
    return asdict(progress)


def progress_from_json(raw: Mapping[str, Any]) -> Progress:
    """The progress back."""
    return Progress(**{**raw, "phase": Phase(raw["phase"])})


def result_to_json(result: RunResult) -> dict[str, Any]:
    """How a run ended."""
    return {**asdict(replace(result, diagnosis=None)), "diagnosis": _diagnosis_to_json(result.diagnosis)}


def result_from_json(raw: Mapping[str, Any]) -> RunResult:
    """The result back."""
    more = {"state": RunState(raw["state"]), "diagnosis": _diagnosis(raw["diagnosis"])}
    return RunResult(**{**raw, **more, **_tuples(raw, "columns_added", "warnings")})


def preview_to_json(preview: Preview) -> dict[str, Any]:
    """What a preview shows."""
    return {**asdict(replace(preview, diagnosis=None)), "diagnosis": _diagnosis_to_json(preview.diagnosis)}


def preview_from_json(raw: Mapping[str, Any]) -> Preview:
    """The preview back."""
    return Preview(
        tuple(Column(**c) for c in raw["columns"]), tuple(tuple(row) for row in raw["rows"]),
        tuple(LineProblem(**p) for p in raw["problems"]), raw["table_exists"], _diagnosis(raw["diagnosis"]),
        _options(raw["options"]), tuple(raw["tables"]), **{name: raw[name] for name in _SIZES if name in raw},
    )  # fmt: skip


_SIZES = ("files", "total_bytes", "total_rows", "rows_estimated")
"""What a worker of an older version does not tell."""


def _diagnosis_to_json(diagnosis: Diagnosis | None) -> dict[str, Any] | None:
    return None if diagnosis is None else {name: getattr(diagnosis, name) for name in _DIAGNOSIS}


_DIAGNOSIS = ("step", "code", "causes", "cause", "fix", "message", "driver_code", "is_own")


def _diagnosis(raw: Mapping[str, Any] | None) -> Diagnosis | None:
    return None if raw is None else Diagnosis(**{**raw, "causes": tuple(raw["causes"])})


def _tuples(raw: Mapping[str, Any], *names: str) -> dict[str, tuple[Any, ...]]:
    return {name: tuple(raw[name]) for name in names}
