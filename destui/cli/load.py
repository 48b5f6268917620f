"""`destui load`: the verbs of load orders, each loaded when it is called."""

from __future__ import annotations

from importlib import import_module

from destui.cli.arguments import Arguments, Kind, usage
from destui.domain.errors import InvalidInput, Problem

HELP = """
destui load add NAME DESTINATION TABLE SOURCE [--mode append|replace|merge] [--key COLUMN] [--cron EXPR] [--tz ZONE]
                [--missed run|skip] [--add-columns] [reading options] [--run] [--wait [SECONDS]]
destui load list [DESTINATION] [--json]        destui load show NAME [--json]
destui load edit NAME [--name NEW] [--table TABLE] [--source SOURCE] [--mode …] [--key …] [--cron …] [--tz …]
                [--missed …] [--add-columns|--no-add-columns] [reading options]
destui load preview DESTINATION TABLE SOURCE [--mode …] [--key …] [--add-columns] [reading options] [--json]
destui load duplicate NAME NEW [what edit takes but for --name]
destui load run NAME … [--wait [SECONDS]]      destui load cancel NAME …
destui load pause|resume NAME …                destui load delete NAME … [--yes]

A load order loads a source into a table of a destination: by hand, or by a schedule.
SOURCE      a path or glob (CSV, TSV, JSON lines, Parquet; also gzip, zstd), or DESTINATION:TABLE, or
            DESTINATION:select …
--mode      append (rows in the table stay), replace (they go), merge (those of the same --key are updated)
--cron      five fields, such as "0 6 * * 1-5", or @daily; empty: manual. --tz is its time zone (this host's)
--missed    what becomes of a time at which no worker was there: run it once, or skip it
--add-columns   columns that only the source has are added to the table; otherwise the run fails
Reading options, for files: --format csv|jsonl|parquet, --delimiter C (or tab), --quote C, --header, --no-header,
            --encoding E, --null WORD (what is NULL), --compression gzip|zstd|none. What is not given is found out.
            --key and --null are given once for each column or word: --null NA --null -
preview     shows the first 20 rows with the types that the table has or will get, and what is wrong with which line;
            nothing is written. Exit 1 where that shows already that a run would fail
--run       run it at once; --wait follows the run to its end: exit 0 when it is done, 1 when it failed or was stopped.
            It says what a run waits for, and waits too: until ctrl+c, or for so many SECONDS, then exit 1
cancel      stops the run that goes on, or waits to begin, and leaves the table as it was; the schedule goes on. Exit 4
            where none of them runs
pause       lets the schedule rest: it runs by hand only, and what runs goes on. resume has the schedule go on from now;
            it begins no run, and does not take up one that was stopped
delete      takes the order and the history of its runs away. What was loaded stays
"""
_READING = ("format", "delimiter", "quote", "header", "no-header", "encoding", "null", "compression")
_PLAN = ("mode", "key", "add-columns", *_READING)
_SETTING = ("cron", "tz", "missed", *_PLAN)
_CHANGING = (*_SETTING, "table", "source", "no-add-columns")
VERBS = {
    "add": ("load_change", (*_SETTING, "run", "wait")), "list": ("load_show", ("json",)),
    "show": ("load_show", ("json",)), "run": ("load_acts", ("wait",)), "pause": ("load_acts", ()),
    "edit": ("load_change", ("name", *_CHANGING)), "preview": ("load_preview", (*_PLAN, "json")),
    "duplicate": ("load_change", _CHANGING), "resume": ("load_acts", ()),
    "cancel": ("load_acts", ()), "delete": ("load_acts", ("yes",)),
}  # fmt: skip
"""Verb → the module of this package that does it, and its options."""
OPTIONS = {
    **dict.fromkeys(("mode", "cron", "tz", "missed", "name", "table", "source"), Kind.VALUE),
    **dict.fromkeys(("format", "delimiter", "quote", "encoding", "compression"), Kind.VALUE),
    **dict.fromkeys(("add-columns", "no-add-columns", "header", "no-header", "run", "json", "yes"), Kind.FLAG),
    "key": Kind.VALUES, "null": Kind.VALUES, "wait": Kind.SECONDS,
}  # fmt: skip


def run(arguments: Arguments) -> int:
    """Do what the first word says."""
    verb = arguments.words[0] if arguments.words else ""
    if verb not in VERBS:
        raise usage("load", f"needs one of: {', '.join(VERBS)}" + (f", not {verb}" if verb else ""))
    module, options = VERBS[verb]
    if wrong := sorted(arguments.options.keys() - set(options)):
        raise usage("load", f"{verb} has no option --{wrong[0]}")
    arguments.words.pop(0)
    try:
        code: int = getattr(import_module(f"destui.cli.{module}"), f"run_{verb}")(arguments)
    except InvalidInput as error:  # what is called otherwise here than in a form
        raise InvalidInput([Problem(_CALLED.get(p.field, p.field), p.message) for p in error.problems]) from None
    return code


_CALLED = {"null_words": "--null"}
"""The field of a problem → the option, where their names differ."""
