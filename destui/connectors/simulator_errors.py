"""What the simulator's errors mean, one for each step, and what the driver is made to say."""

from __future__ import annotations

from destui.connectors.catalogue import Catalogue, Entry
from destui.domain.steps import CLEAN_UP, DATABASE_STEPS

_MORE = "Acted out by the simulator."


def _entry(step: str, cause_id: str, cause: str, fix: str) -> Entry:
    code = code_of(step)
    return Entry(
        code, (cause_id,), cause, fix, codes=(code,), words=(" ".join(WORDS[step].lower().split()),), more=_MORE
    )


def code_of(step: str) -> str:
    """The code of the failure of a step."""
    return f"SIM-{step.upper().replace(' ', '-')}"


WORDS = {
    "resolve": "[Errno -2] Name or service not known",
    "reach": "[Errno 111] Connection refused",
    "encrypt": "certificate verify failed: certificate has expired",
    "sign in": 'FATAL:  password authentication failed for user "loader"',
    "open": 'FATAL:  database "analytics" does not exist',
    "create": "ERROR:  permission denied for schema analytics",
    "write": 'ERROR:  could not extend file "base/16384/16385": No space left on device',
    "read back": "ERROR:  permission denied for table _destui_probe",
    CLEAN_UP: "ERROR:  must be owner of table _destui_probe",
}
"""What the driver is made to say, by step."""

CATALOGUE = Catalogue(
    "Simulator", "SIM-UNKNOWN", DATABASE_STEPS,
    (
        _entry(
            "resolve", "host_not_found", "The host name db.example does not exist.",
            "Edit the destination: correct the field Host.",
        ),
        _entry(
            "reach", "connection_refused", "Nothing listens on port 5432 of db.example.",
            "Start the database server there, or correct the field Port.",
        ),
        _entry(
            "encrypt", "tls_expired", "The certificate of db.example has expired.",
            "Have the server's administrator renew the certificate.",
        ),
        _entry(
            "sign in", "wrong_password", "The server refused the password of user loader.",
            "Re-authorize with the right password.",
        ),
        _entry(
            "open", "database_missing", "The database analytics does not exist.",
            "Run this as a superuser:\nCREATE DATABASE analytics OWNER loader;",
        ),
        _entry(
            "create", "no_create_right", "The role loader may not create tables in schema analytics.",
            "Run this as the owner of the schema:\nGRANT USAGE, CREATE ON SCHEMA analytics TO loader;",
        ),
        _entry("write", "disk_full", "The server's disk is full.", "Have the server's administrator free space."),
        _entry(
            "read back", "no_read_right", "The role loader may not read what it wrote.",
            "Run this as a superuser:\nGRANT SELECT ON ALL TABLES IN SCHEMA analytics TO loader;",
        ),
        _entry(
            CLEAN_UP, "no_write_right", "The role loader may not drop the probe table again.",
            "Run this as a superuser:\nALTER TABLE analytics._destui_probe OWNER TO loader;",
        ),
        Entry(
            "SIM-TIMEOUT", ("timeout_firewall",), "The server did not answer in time.",
            "Look whether a firewall or a hung server holds the connection.",
            codes=("deadline",), words=("no answer$",), more=_MORE,
        ),
    ),
)  # fmt: skip
