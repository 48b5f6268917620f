"""`destui --help`, and what is said to a verb that does not exist."""

from __future__ import annotations

from difflib import get_close_matches

from destui.domain.errors import InvalidInput, Problem

HELP = """
destui                              the interface: see, add, check and mend destinations
destui demo                         the interface on a throw-away store with simulated destinations

See and change
  list [--status S] [--tag T] [--json]
  show NAME [--json]
  add TYPE NAME [field=value …] [--url URL] [--tag T …] [--secret field=env:VAR|file:PATH|stdin …] [--wait [SECONDS]]
  edit NAME [field=value …] [--name NEW] [--tag T …] [--secret …] [--wait [SECONDS]]
  reauthorize NAME [field=value …] [--secret …] [--wait [SECONDS]]
  rollback NAME
  delete NAME [--yes]     trash     restore NAME
  export [FILE.yaml]

Check
  check [NAME …] [--all] [--tag T] [--parallel N] [--timeout SECONDS] [--json]
  cancel NAME
  explain CODE            explain --type TYPE [--step STEP] [--exception CLASS] [--code CODE] [--json] < message.txt

Load
  load add NAME DESTINATION TABLE SOURCE [--mode append|replace|merge] [--key COLUMN] [--cron EXPR] [--tz ZONE]
           [--missed run|skip] [--run] [--wait [SECONDS]]
  load list [DESTINATION] [--json]     load show NAME [--json]     load edit NAME …     load duplicate NAME NEW …
  load preview DESTINATION TABLE SOURCE [--json]
  load run NAME … [--wait [SECONDS]]   load pause|resume|cancel|delete NAME …

Set up and look after
  limit [N]     contact [TEXT]     types [--json]     events [--json]
  worker run|status|stop     store upgrade     doctor [--json]
  vault status     vault rekey [--new-key env:VAR|file:PATH|stdin]     vault move keyring|sealed

Options of the interface: --read-only, --filter TEXT.  Of all: --help (also: destui help VERB), --version.
Fields, options and names may stand in any order; -- ends the options.
Exit codes: 0 done, 1 it ran and failed, 2 bad usage or input, 3 limit reached, 4 no such thing, 5 changed meanwhile,
6 store or vault not available.
"""


def unknown_verb(verb: str) -> InvalidInput:
    """What was meant, if it can be guessed."""
    from destui.cli import VERBS

    near = get_close_matches(verb, VERBS, 1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return InvalidInput([Problem(verb, f"There is no such command.{meant} See: destui --help")])


def misplaced(word: str) -> InvalidInput:
    """A word behind the interface's options, perhaps a verb."""
    from destui.cli import VERBS

    first = f"The command comes first: destui {word} …" if word in VERBS else "The interface takes options alone."
    return InvalidInput([Problem(word, f"{first} See: destui --help")])
