"""What folder and duckdb make of messages, error numbers and the kind of file system."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from destui.connectors import files
from destui.connectors.diagnosis import diagnose, explain_message
from destui.connectors.files import Mount
from destui.connectors.ladder import run_ladder
from destui.domain.check import Outcome

DUCKDB = [
    (
        'IO Error: Could not set lock on file "/x": Conflicting lock is held in /usr/bin/python3.12 (PID 4711). '
        "However, you would be able to open this database in read-only mode, e.g. by using the -readonly parameter",
        "DUCK-LOCKED-BY locked",
    ),
    (
        'IO Error: Could not set lock on file "/x/y.duckdb": Conflicting lock is held in PID 0. See also',
        "DUCK-LOCKED locked",
    ),
    ('IO Error: Could not set lock on file "/x/y.duckdb": Resource temporarily unavailable', "DUCK-LOCKED locked"),
    (
        'IO Error: Cannot open file "C:\\x.duckdb": The process cannot access the file because it is being used by '
        "another process.",
        "DUCK-LOCKED locked",
    ),
    ('IO Error: Could not set lock on file "/x/y.duckdb": No locks available', "DUCK-UNKNOWN unknown"),
    ('TransactionContext Error: Catalog write-write conflict on create with "t"', "DUCK-CONFLICT locked"),
    ('IO Error: Cannot open file "/no/x.duckdb": No such file or directory', "DUCK-NO-FOLDER path_missing"),
    (
        'IO Error: Cannot open database "/x.duckdb" in read-only mode: database does not exist',
        "DUCK-NO-FOLDER path_missing",
    ),
    ('IO Error: Cannot open file "/x/y.duckdb": Permission denied', "DUCK-NOT-PERMITTED path_not_permitted"),
    ('IO Error: Cannot open file "/x/y.duckdb.wal": Permission denied', "DUCK-LOG-CLOSED path_not_permitted"),
    (
        'Permission Error: Cannot access file "/x" - file system operations are disabled by configuration',
        "DUCK-NOT-PERMITTED path_not_permitted",
    ),
    ('IO Error: Could not read from file "/x": Is a directory', "DUCK-WRONG-KIND path_wrong_kind"),
    (
        'IO Error: The file "/x/notes" exists, but it is not a valid DuckDB database file!',
        "DUCK-NOTADB file_not_a_database",
    ),
    (
        'IO Error: Failed to download extension "sqlite_scanner" at URL "http://extensions.example/x"',
        "DUCK-NOTADB file_not_a_database",
    ),
    (
        'IO Error: Failed to download extension "spatial" at URL "http://extensions.example/x"',
        "DUCK-EXTENSION driver_missing",
    ),
    ("No module named 'duckdb'", "DUCK-EXTENSION driver_missing"),
    ('Catalog Error: Cannot open encrypted database "/x" without a key', "DUCK-ENCRYPTED credentials_missing"),
    ("Invalid Input Error: Wrong encryption key used to open the database file", "DUCK-KEY wrong_password"),
    (
        "IO Error: Trying to read a database file with version number 70, but we can only read versions between 64 and "
        "68.\nThe database file was created with a newer version of DuckDB.\n\nNewer DuckDB version might",
        "DUCK-NEWER version_incompatible",
    ),
    (
        'Error opening "/x": file was written with a storage version greater than the latest version supported by this '
        "DuckDB instance.",
        "DUCK-NEWER version_incompatible",
    ),
    (
        'IO Error: Failure while replaying WAL file "/x.wal": Failed to read WAL of version 9 - can only',
        "DUCK-NEWER version_incompatible",
    ),
    (
        "IO Error: Trying to read a database file with version number 39, but we can only read version 64.\nThe "
        "database file was created with an older version of DuckDB.\n\nThe storage of DuckDB is not yet stable",
        "DUCK-OLDER version_incompatible",
    ),
    (
        'IO Error: Failure while replaying WAL file "/x.wal": Corrupt WAL file: entry at byte position 24 computed '
        "checksum 5 does not match stored checksum 7",
        "DUCK-LOG-DAMAGED file_corrupt",
    ),
    (
        "IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2 in block at location 0",
        "DUCK-CORRUPT file_corrupt",
    ),
    ('IO Error: Could not read enough bytes from file "/x": attempted to read 9 bytes', "DUCK-CORRUPT file_corrupt"),
    (
        "Serialization Error: Failed to deserialize: field id mismatch, expected: 1, got: 2",
        "DUCK-FORMAT version_incompatible file_corrupt",
    ),
    (
        "FATAL Error: Failed: database has been invalidated because of a previous fatal error.",
        "DUCK-INVALIDATED unknown",
    ),
    ('IO Error: Cannot open file "/x/y.duckdb": Read-only file system', "DUCK-READONLY-SYSTEM read_only"),
    (
        'Invalid Input Error: Cannot execute statement of type "CREATE" on database "x" which is attached in read-only '
        "mode!",
        "DUCK-READONLY read_only",
    ),
    ('IO Error: Could not write file "/x": No space left on device', "DUCK-FULL disk_full"),
    ('IO Error: Could not write file "/x": Disk quota exceeded', "DUCK-QUOTA quota_exceeded"),
    ('IO Error: Could not write file "/x": File too large', "DUCK-QUOTA quota_exceeded"),
    (
        "Out of Memory Error: failed to allocate data of size 32.0 MiB (12.1 MiB/12.5 MiB used)",
        "DUCK-MEMORY quota_exceeded",
    ),
    ('IO Error: Could not fsync file "/x": Input/output error', "DUCK-IO connection_dropped"),
    ('IO Error: Could not read from file "/x": Stale file handle', "DUCK-IO connection_dropped"),
    ("INTERRUPT Error: Interrupted!", "DUCK-STATEMENT unknown"),
    ('Constraint Error: Duplicate key "a: 1" violates primary key constraint.', "DUCK-STATEMENT unknown"),
    ("", "DUCK-UNKNOWN unknown"),
]

FOLDER = [
    (errno.ENOENT, "open", "DIR-MISSING path_missing"),
    (errno.ENOENT, "read back", "DIR-VANISHED path_missing locked"),
    (errno.ENOTDIR, "open", "DIR-WRONG-KIND path_wrong_kind"),
    (errno.ELOOP, "open", "DIR-LOOP path_missing"),
    (errno.ENAMETOOLONG, "open", "DIR-NAME config_invalid"),
    (errno.EACCES, "open", "DIR-NOT-PERMITTED path_not_permitted"),
    (errno.EPERM, "open", "DIR-NOT-PERMITTED path_not_permitted"),
    (errno.EPERM, "write", "DIR-ATTRIBUTES no_write_right"),
    (errno.EROFS, "write", "DIR-READONLY read_only"),
    (errno.ENOSPC, "write", "DIR-FULL disk_full"),
    (errno.EDQUOT, "write", "DIR-QUOTA quota_exceeded"),
    (errno.EFBIG, "write", "DIR-QUOTA quota_exceeded"),
    (errno.EMFILE, "write", "DIR-HANDLES too_many_connections"),
    (errno.ESTALE, "open", "DIR-STALE connection_dropped"),
    (errno.ENOTCONN, "open", "DIR-STALE connection_dropped"),
    (errno.EHOSTUNREACH, "open", "DIR-UNREACHABLE network_unreachable connection_dropped"),
    (errno.EIO, "write", "DIR-IO connection_dropped"),
    (errno.EBUSY, "clean up", "DIR-BUSY locked"),
    (errno.ETIMEDOUT, "write", "DIR-STALE connection_dropped"),
    (errno.EDOM, "write", "DIR-UNKNOWN unknown"),
]


@pytest.mark.parametrize(("message", "expected"), DUCKDB)
def test_words_of_duckdb(message: str, expected: str) -> None:
    found = explain_message("duckdb", message)
    assert " ".join((found.code, *found.causes)) == expected


def test_the_holder_of_a_lock_is_named_and_ended_by_what_is_pasted() -> None:
    found = explain_message("duckdb", DUCKDB[0][0])
    assert "The process 4711 (/usr/bin/python3.12)" in found.cause
    assert found.fix_lines == ("kill 4711",)


def test_no_process_is_ended_for_a_number_that_is_none() -> None:
    found = explain_message("duckdb", "Conflicting lock is held in (null) (PID 0)")
    assert (found.code, found.fix_lines) == ("DUCK-LOCKED-UNSEEN", ())
    assert "fuser -v <path>" in found.fix and "kill" not in found.fix


@pytest.mark.parametrize(("number", "step", "expected"), FOLDER)
def test_error_numbers_of_a_folder(number: int, step: str, expected: str) -> None:
    # In the host's language the text must not count, in English it must not mislead.
    for text in ("Das ging nicht", os.strerror(number)):
        found = diagnose("folder", step, OSError(number, text, "/data"), {"path": "/data"})
        assert " ".join((found.code, *found.causes)) == expected


@pytest.mark.parametrize(("number", "step", "expected"), [f for f in FOLDER if f[1] == "open" or f[0] == errno.EROFS])
def test_pasted_words_of_a_folder_say_the_same(number: int, step: str, expected: str) -> None:
    found = explain_message("folder", f"[Errno {number}] {os.strerror(number)}: '/data'")
    assert " ".join((found.code, *found.causes)) == expected


def test_a_dead_mount_is_mounted_anew_at_its_own_point() -> None:
    error = OSError(errno.ESTALE, "Stale file handle")
    found = diagnose("folder", "open", error, {"path": "/my share/in"}, facts={"mount": "/my share"})
    assert found.fix_lines == ("umount -l '/my share'", "mount '/my share'")


def climb(type_id: str, path: Path) -> Outcome:
    return run_ladder(
        type_id, {"path": str(path)}, {}, on_step=lambda position, step: None, cancel=threading.Event(), token="u"
    )


@pytest.mark.parametrize(
    ("type_id", "name", "kind", "state", "message"),
    [
        ("folder", "", "nfs4", "passed", "on nfs4"),
        ("folder", "", "fuse.sshfs", "passed", "on fuse.sshfs"),
        ("folder", "", "ext4", "passed", ""),
        ("folder", "", "tmpfs", "warned", "kept in memory (tmpfs): gone after a restart"),
        ("duckdb", "x.duckdb", "cifs", "warned", "on cifs, where locks between hosts may fail"),
        ("duckdb", "x.duckdb", "ext4", "passed", "a new file"),
    ],
)
def test_the_kind_of_file_system_is_said_and_warned_of_where_it_matters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, type_id: str, name: str, kind: str, state: str, message: str
) -> None:
    monkeypatch.setattr(files, "mount_of", lambda path: Mount("/", kind))
    outcome = climb(type_id, tmp_path / name)
    assert (outcome.state.value, outcome.steps[0].message) == (state, message)
    assert outcome.detail["file system"] == kind


def test_declaring_and_explaining_them_does_not_import_duckdb() -> None:
    code = (
        "import sys; from destui.connectors import registry, diagnosis; registry.spec('duckdb');"
        "registry.missing_driver('duckdb'); diagnosis.explain('DUCK-LOCKED');"
        "diagnosis.explain_message('duckdb', 'Conflicting lock is held');"
        "print(sorted({'duckdb', '_duckdb'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
