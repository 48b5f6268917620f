"""`destui explain`: opens no store and loads no driver."""

from __future__ import annotations

import sys

from destui.cli.arguments import Arguments, Kind, usage
from destui.connectors import diagnosis, registry

HELP = """
destui explain CODE
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
        print(diagnosis.explain(code))
        return 0
    arguments.names(0, 0, "--type and a message on standard input")
    spec = registry.spec(type_id)
    step = arguments.value("step")
    if step is not None and step not in spec.steps:
        raise usage("explain", f"--step of {type_id} is one of: {', '.join(spec.steps)}")
    message = sys.stdin.buffer.read().decode("utf-8", "replace")
    found = diagnosis.explain_message(
        type_id, message, step=step, exception=arguments.value("exception"), code=arguments.value("code")
    )
    from destui.cli.output import print_json
    from destui.cli.session import diagnosis_document, print_diagnosis

    if arguments.flag("json"):
        print_json(diagnosis_document(found))
    else:
        print_diagnosis(found, "")
    return 0
