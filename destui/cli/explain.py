"""`destui explain`: opens no store and loads no driver."""

from __future__ import annotations

import sys

from destui.cli.arguments import Arguments, Kind, usage
from destui.cli.diagnoses import diagnosis_document, print_diagnosis
from destui.cli.output import print_json
from destui.connectors import diagnosis, registry

TYPE_CHECKING = False  # `typing` itself would cost its import
if TYPE_CHECKING:
    from destui.domain.diagnosis import Diagnosis

HELP = """
destui explain CODE [--json]
destui explain --type TYPE [--step STEP] [--exception CLASS] [--code CODE] [--json] < message.txt

Tells more about the code of a diagnosis, or diagnoses a driver's message read from standard input, by the same way
that a check does.
"""
OPTIONS = {
    "type": Kind.VALUE, "step": Kind.VALUE, "exception": Kind.VALUE, "code": Kind.VALUE, "json": Kind.FLAG,
}  # fmt: skip


def run(arguments: Arguments) -> int:
    """Explain a code or a message."""
    type_id = arguments.value("type")
    if type_id is None:
        (code,) = arguments.names(1, 1, "a CODE, or --type and a message on standard input")
        if needless := [f"--{name}" for name in ("step", "exception", "code") if arguments.flag(name)]:
            raise usage("explain", f"takes {', '.join(needless)} with --type")
        if arguments.flag("json"):
            print_json(diagnosis_document(diagnosis.of_code(code)))
        else:
            print(diagnosis.explain(code))
        return 0
    if arguments.words:
        raise usage("explain", "takes no CODE beside --type; the message comes on standard input")
    found = _diagnose(type_id, arguments)
    if arguments.flag("json"):
        print_json(diagnosis_document(found))
    else:
        print_diagnosis(found, "")
    return 0


def _diagnose(type_id: str, arguments: Arguments) -> Diagnosis:
    steps = registry.catalogue(type_id).steps
    step = arguments.value("step")
    if step is not None and step not in steps:
        raise usage("explain", f"--step of {type_id} is one of: {', '.join(steps)}")
    message = sys.stdin.buffer.read().decode("utf-8", "replace")
    return diagnosis.explain_message(
        type_id, message, step=step, exception=arguments.value("exception"), code=arguments.value("code")
    )
