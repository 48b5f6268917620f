"""What DuckDB's errors mean, and those of the file that the database is in."""

from __future__ import annotations

from destui.connectors.catalogue import Catalogue, Entry
from destui.connectors.cloud_entries import CLOUD
from destui.connectors.file_entries import BUSY, DAMAGED, GONE, path_entries
from destui.domain.steps import FILE_STEPS

_ENTRIES: tuple[Entry, ...] = (
    Entry(
        "DUCK-LOG-CLOSED", ("path_not_permitted",),
        "The worker's user {worker} may not use the log {wal}.wal beside the database, which another user made.",
        "Run this on that host as root; it gives the log to the owner of the database:\n"
        "chown --reference={path:sh} {wal:sh}.wal && chmod --reference={path:sh} {wal:sh}.wal",
        words=(
            'cannot open file "{wal}.wal": permission denied', 'cannot open file "{wal}.wal": operation not permitted',
        ),
        reading="DuckDB: Files Created by DuckDB",
    ),
    Entry(
        "DUCK-LOCKED-UNSEEN", ("locked",),
        "A process that DuckDB cannot name has {path} open; one process at a time may write a DuckDB file.",
        "Close the database there; root on that host sees who has the file open by:\nfuser -v {path:sh}",
        words=("conflicting lock is held … (pid 0)",),
        more="A process of another host or container is seen only there.",
        reading="DuckDB: Concurrency",
    ),
    Entry(
        "DUCK-LOCKED-BY", ("locked",),
        "The process {pid} ({program}) has {path} open; one process at a time may write a DuckDB file.",
        "Close the database in that program; where it cannot be asked to, this ends it on that host, as root or as its "
        "user:\nkill {pid}",
        words=("conflicting lock is held in {program} (pid {pid})", "already open in {program} (pid {pid})"),
        more="A notebook or a shell holds the file as long as its connection is open, also while it does nothing.",
        reading="DuckDB: Concurrency",
    ),
    Entry(
        "DUCK-LOCKED", ("locked",),
        "Another process has {path} open; one process at a time may write a DuckDB file.",
        "Close the database there; root on that host sees who has the file open by:\nfuser -v {path:sh}",
        codes=BUSY,
        words=(
            "conflicting lock is held", "being used by another process", "already open in",
            "already attached by database", 'could not set lock on file "{path}": resource temporarily unavailable',
            "directory is not empty", "unique file handle conflict",
        ),
        reading="DuckDB: Concurrency",
    ),
    Entry(
        "DUCK-CONFLICT", ("locked",),
        "Another transaction changes the same in {path}.",
        "Wait until it is done, then check again.",
        words=("conflict on tuple", "conflict on update", "write-write conflict", "transaction conflict",
               "another transaction has", "there are other write transactions active"),
        reading="DuckDB: Concurrency",
    ),
    Entry(
        "DUCK-EMPTY", ("file_not_a_database",),
        "{path} is an empty file, which DuckDB does not take.",
        "Run this on that host as {worker}; it removes the file if it is still empty, and DuckDB makes a new one:\n"
        "[ -s {path:sh} ] || rm {path:sh}",
        codes=("empty",), reading="DuckDB: Connect",
    ),
    Entry(
        "DUCK-NOTADB", ("file_not_a_database",),
        "{path} is not a DuckDB database but a file of another kind.",
        "Edit the destination: give another file in the field Path, such as a new one beside it:\npath={path}.duckdb",
        words=('not a valid duckdb database file', 'extension "sqlite_scanner"', "sqlite_scanner.duckdb_extension",
               "extension 'sqlite_scanner'",
               'extension "sqlite" is', "file is not a database", "not a duckdb database"),
        more="A file of SQLite's is a destination of the type sqlite.",
        reading="DuckDB: Storage Versions and Format",
    ),
    Entry(
        "DUCK-NOT-PARQUET", ("file_not_a_database", "file_corrupt"),
        "A file that is to be read as Parquet is of another kind, or damaged.",
        "Give another file, or have it written anew.",
        words=("too small to be a parquet file", "no magic bytes found", "not a parquet file"),
        more="`head -c 4` and `tail -c 4` of the file tell: both print PAR1 where it is whole; the beginning alone is "
        "a file that was cut off.",
        reading="DuckDB: Reading and Writing Parquet Files",
    ),
    Entry(
        "DUCK-ENCRYPTED", ("credentials_missing",),
        "{path} is encrypted, and destui has no key for it.",
        "Edit the destination: give a file that is not encrypted in the field Path, such as a new one beside it:\n"
        "path={path}.duckdb",
        words=("cannot open encrypted database", "database is encrypted", "encrypted, but no", "without a key",
               "no secret was found", "no credentials"),
        reading="DuckDB: ATTACH and DETACH Statements",
    ),
    Entry(
        "DUCK-KEY", ("wrong_password",),
        "The key that was given does not open the encrypted database {path}.",
        "Give the key that the database was made with.",
        words=("wrong encryption key", "incorrect encryption key", "invalid encryption key"),
        reading="DuckDB: ATTACH and DETACH Statements",
    ),
    Entry(
        "DUCK-NEWER", ("version_incompatible",),
        "{path} was written by a newer DuckDB than the one that destui uses.",
        "Run this where destui is installed on that host, then check again; a new worker starts by itself:\n"
        "pip install --upgrade duckdb\ndestui worker stop",
        words=("created with a newer version", "created with an newer version", "storage version greater than",
               "failed to read wal of version", "serialization version … not supported", "requires storage version",
               "storage version … or higher"),
        more="Where DuckDB cannot be renewed, COPY FROM DATABASE into a file attached with an older STORAGE_VERSION.",
        reading="DuckDB: Storage Versions and Format",
    ),
    Entry(
        "DUCK-OLDER", ("version_incompatible",),
        "{path} was written by {old}, whose files this one no longer reads.",
        "Run the first line with that version's program, the second with a new one's, and give {path}.new in the field "
        "Path:\nduckdb {path:sh} \"EXPORT DATABASE 'exported'\"\nduckdb {path:sh}.new \"IMPORT DATABASE 'exported'\"",
        words=(
            "created with {old}.\n", "created with {old}\n", "created with duckdb version",
            "created with an older version", "but we can only read version",
        ),
        reading="DuckDB: Storage Versions and Format",
    ),
    Entry(
        "DUCK-LOG-DAMAGED", ("file_corrupt",),
        "The log {wal} of the database is damaged; what it holds is not in the database yet.",
        "Restore both files from a backup; or put the log aside, as {worker} on that host, and lose what it holds:\n"
        "mv {wal:sh} {wal:sh}.damaged",
        words=(
            'failure while replaying wal file "{wal}"', "failure while replaying wal", "wal does not match",
            "wal checkpoint iteration",
        ),
        reading="DuckDB: Files Created by DuckDB",
    ),
    Entry(
        "DUCK-FORMAT", ("version_incompatible", "file_corrupt"),
        "{path} holds what this DuckDB does not understand: a newer one wrote it, or it is damaged.",
        "Open it with the newest DuckDB; where that cannot either, restore it from a backup.",
        words=("field id mismatch", "but found field id", "unsupported type for deserial"),
        more="Opening a copy of it with the newest DuckDB tells: what that reads is not damaged.",
        reading="DuckDB: Storage Versions and Format",
    ),
    Entry(
        "DUCK-CORRUPT", ("file_corrupt",),
        "The database in {path} is damaged.",
        "Restore it from a backup; or put it aside, as {worker} on that host, and begin anew:\n"
        "for f in '' .wal; do [ ! -e {path:sh}$f ] || mv {path:sh}$f {path:sh}$f.damaged; done",
        codes=DAMAGED,
        words=(
            "corrupt", "corrupted", "could not read enough bytes", "does not match stored checksum",
            "failed to deserialize", "could not read all bytes", "no more data remaining in metadatareader",
            "unexpected eof", "data corruption error", "failed to load metadata pointer",
        ),
        reading="DuckDB: Files Created by DuckDB",
    ),
    Entry(
        "DUCK-MEMORY-READONLY", ("config_invalid",),
        "A database in memory cannot be opened only for reading.",
        "Give a file in the field Path.",
        words=(
            "in-memory database in read-only mode", "in-memory database in read only",
        ),
        reading="DuckDB: Configuration",
    ),
    Entry(
        "DUCK-READONLY", ("read_only",),
        "{path} is opened only for reading.",
        "Open it for writing: without access_mode=read_only, and not through a share that is read-only.",
        words=("attached in read-only mode", "launched in read-only mode", "database in read-only mode!",
               "is read-only", "read_only mode", "writing to http files not implemented"),
        reading="DuckDB: Configuration",
    ),
    Entry(
        "DUCK-FULL", ("disk_full",),
        "The disk of {path} is full.",
        "Free space on that host; this shows where there is how much:\ndf -h {mount:sh}",
        codes=(
            "ENOSPC",
        ),
        words=("no space left", "disk full", "disk is full", "not enough space", "could not write all bytes"),
        reading="DuckDB: Files Created by DuckDB",
    ),
    Entry(
        "DUCK-QUOTA", ("quota_exceeded",),
        "A quota or a limit on the size of files is reached for the user {worker} on the file system of {path}.",
        "Have the host's administrator raise it, or remove files of that user; root sees the quotas by:\n"
        "quota -s -u {worker:sh}",
        codes=("EDQUOT", "EFBIG", "EMLINK"), words=("quota exceeded", "file too large"),
        reading="DuckDB: Files Created by DuckDB",
    ),
    Entry(
        "DUCK-MEMORY", ("quota_exceeded",),
        "A memory limit of DuckDB's or of the host is reached.",
        "Have the host's administrator raise the limit.",
        codes=("ENOMEM",), exceptions=("OutOfMemoryException", "MemoryError"),
        words=(
            "out of memory", "cannot allocate memory", "could not allocate",
            "failed to allocate", "max_temp_directory_size", "bad allocation",
        ),
        reading="DuckDB: OOM Errors",
    ),
    Entry(
        "DUCK-OPEN-FILES", ("too_many_connections",),
        "The program or the host of {path} has as many files open as it may.",
        "Have the host's administrator raise the limit of open files.",
        codes=("EMFILE", "ENFILE"), words=("too many open files",),
        reading="DuckDB: Files Created by DuckDB",
    ),
    Entry(
        "DUCK-IO", ("connection_dropped",),
        "The disk or mount of {path} failed while it was read or written.",
        "Look at the disk or mount at {mount} on that host; its system log says more, to root:\n"
        "dmesg --level=err,warn",
        codes=GONE,
        words=(
            "input/output error", "stale file handle", "stale nfs file handle", "transport endpoint is not connected",
            "remote i/o error", "host is down", "no such device$",
        ),
        reading="DuckDB: Files Created by DuckDB",
    ),
    Entry(
        "DUCK-EXTENSION-VERSION", ("version_incompatible",),
        "An extension on this host was made for another version of DuckDB, or another kind of machine.",
        "Install it anew for this version, in the program that said this (FORCE INSTALL and its name).",
        words=("file was built for duckdb version", "built specifically for duckdb version", "extension … was built",
               "file was built for the platform", "can only be loaded with that version"),
        reading="DuckDB: Versioning of Extensions",
    ),
    Entry(
        "DUCK-EXTENSION", ("driver_missing",),
        "An extension of DuckDB that the database needs, or DuckDB itself, is not installed.",
        "Install it on that host for the user {worker}, or use another file.",
        exceptions=("ModuleNotFoundError", "ImportError", "MissingExtensionException", "AutoloadException"),
        words=(
            "no module named", "failed to download extension", "extension … not found", "install it first",
            "no suitable driver", "cannot find module", "invalid elf header", "missing extension error",
            "extension autoloading error", "please try installing and loading", "extension … could not be loaded",
            "requires extension", "is an existing extension", "failed to install", "unrecognized extension",
            "dll load failed", "needs to be loaded", "unrecognized storage type", "exists in the … extension",
            "crypto module loaded", "copy function with name", "secret type … not found", "secret provider … not found",
            "type with name geometry", 'type with name "geometry"', "function with name st_…",
            'function with name "st_…', "required extension",
        ),
        reading="DuckDB: Installing Extensions",
    ),
    Entry(
        "DUCK-NO-SCHEMA", ("schema_missing",),
        "A schema that is asked for does not exist in {path}.",
        "Correct its name, or make it there:\nCREATE SCHEMA {schema:id};",
        words=(
            'because schema "{schema}" does not exist', "no catalog + schema named",
            "schema with name {schema} does not exist", "no schema named",
            'schema "{schema}" does not exist',
        ),
        reading="DuckDB: CREATE SCHEMA Statement",
    ),
    Entry(
        "DUCK-NO-DATABASE", ("database_missing",),
        "No database of this name is attached.",
        "Attach it in the program that said this, or correct the name.",
        words=(
            "no database/share named", 'catalog "{database}" does not exist', "no database named", "no catalog named",
            "failed to detach database", 'database with name "{database}" does not exist',
            "catalog with name {database} does not exist", 'database "{database}" not found',
        ),
        reading="DuckDB: ATTACH and DETACH Statements",
    ),
    Entry(
        "DUCK-NO-TABLE", ("table_missing",),
        "A table that is needed does not exist in {path}.",
        "Look who drops tables there, then check again.",
        words=(
            "table with name {table} does not exist", "view with name {table} does not exist", "table or view",
            "no such table",
        ),
        reading="DuckDB: CREATE TABLE Statement",
    ),
    Entry(
        "DUCK-CONFIG", ("config_invalid",),
        "A setting of the connection is not known, or its value is not possible.",
        "Correct the setting that the message names.",
        exceptions=("SettingsException", "InvalidConfigurationException"),
        words=(
            "but it is not encrypted", "unrecognized configuration", "unrecognized configuration parameter",
            "options were not recognized", "unrecognized access mode", "memory must have a number",
            "unknown unit for memory", "must have at least 1 thread", "with a different configuration",
            "unrecognized option", "invalid configuration error", "settings error",
            "while database is running", "configuration option", "failed to cast value", "unrecognized value",
            "provide either a str or a pathlib", "unexpected keyword argument",
            "incompatible function arguments", "must be a valid", "unrecognized parameter",
        ),
        reading="DuckDB: Configuration",
    ),
    Entry(
        "DUCK-NOT-PERMITTED", ("path_not_permitted",),
        "The operating system or DuckDB's own settings keep the worker's user from {path}.",
        "Give the worker's user the right to read and write the file, and to make files in its folder.",
        codes=("EACCES", "EPERM"), exceptions=("PermissionError", "PermissionException"),
        words=("permission denied", "access is denied", "operation not permitted", "disabled by configuration",
               "disabled through configuration"),
        reading="DuckDB: Securing DuckDB",
    ),
    Entry(
        "DUCK-SERVICE-VERSION", ("version_incompatible",),
        "The service, or the catalogue of a lake, is of another version than this DuckDB or its extension.",
        "Use the version that the service or the message names, in the program that said this.",
        words=(
            "supported by motherduck", "motherduck … client version", "incompatible with motherduck",
            "catalog version mismatch",
        ),
        reading="MotherDuck: MotherDuck version lifecycle schedules",
    ),
    Entry(
        "DUCK-SERVICE-AWAY", ("server_unavailable", "timeout_firewall", "network_unreachable"),
        "The service that the database is kept by did not answer.",
        "Look at this host's network and proxy, and at the service's page of its state, then check again.",
        words=("deadline_exceeded", "deadline exceeded", "(unavailable", "failed to connect to all addresses",
               "could not connect to motherduck", "unable to connect to motherduck"),
        more="curl to the service's address, on that host, tells whether the network is why.",
    ),
    Entry(
        "DUCK-HTTP-404", ("path_missing",),
        "The address that is to be read over HTTP does not exist.",
        "Correct the address, or the bucket and path in it.",
        words=("(http 404)", "http 404", "404 (not found)"), reading="DuckDB: HTTP(S) Support",
    ),
    Entry(
        "DUCK-HTTP-403", ("credentials_missing", "wrong_password", "no_read_right"),
        "The address that is to be read over HTTP was refused.",
        "Give the key of a user who may read it (CREATE SECRET), in the program that said this.",
        words=("(http 403)", "http 403", "403 (forbidden)", "(http 401)", "http 401", "401 (unauthorized)"),
        more="FROM duckdb_secrets(); lists the keys that DuckDB has: without a fitting one it is the first cause.",
        reading="DuckDB: S3 API Support",
    ),
    Entry(
        "DUCK-HTTP-AWAY", ("host_not_found", "connection_refused", "timeout_firewall", "network_unreachable"),
        "The address that is to be read over HTTP cannot be reached; DuckDB does not say why.",
        "Correct the address, or look at this host's network and proxy.",
        words=("connection error for http", "connection error for …", "could not connect to server error for"),
        more="curl with the same address, on that host, says why.", reading="DuckDB: HTTP(S) Support",
    ),
    Entry(
        "DUCK-HTTP-TLS", ("tls_untrusted_ca",),
        "The certificate of the address that is to be read over HTTPS is not trusted here.",
        "Give the authority's certificate to DuckDB (ca_cert_file), in the program that said this.",
        words=("ssl server verification failed",), reading="DuckDB: HTTP(S) Support",
    ),
    *path_entries("DUCK", "DuckDB", "a log"),
    Entry(
        "DUCK-TIMEOUT", ("query_timeout", "connection_dropped"),
        "{path} did not answer in time: a slow disk, a long log to replay, or a mount that died.",
        "Look at the disk or mount of the file on that host.",
        codes=("deadline",), words=("maximum execution time", "no answer within"),
        more="`ls` of the folder on that host tells: it hangs, too, where the mount is dead.",
    ),
    Entry(
        "DUCK-INVALIDATED", ("unknown",),
        "DuckDB gave up {path} after an error of its own, or one that it could not get over.",
        "Look in the worker's log and the system's for the first error, mend it, and check again.",
        words=("database has been invalidated", "internal error", "fatal error"),
        reading="DuckDB: Internal Errors",
    ),
    Entry(
        "DUCK-STATEMENT", ("unknown",),
        "DuckDB refuses the statement itself, or was stopped in it; a cause in the set-up is not known.",
        "Read what DuckDB said: it names the statement or the data.",
        words=(
            "constraint error", "conversion error", "binder error", "interrupted!", "syntax error at or near",
            "already exists", "out of range error", "mismatch type error",
        ),
        reading="DuckDB: SQL Introduction",
    ),
)  # fmt: skip


CATALOGUE = Catalogue("DuckDB", "DUCK-UNKNOWN", FILE_STEPS, (*_ENTRIES, *CLOUD))
