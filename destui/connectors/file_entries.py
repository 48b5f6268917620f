"""What a look at a path finds, before an engine is asked to open the database in it."""

from __future__ import annotations

from destui.connectors.catalogue import Entry

BUSY = ("EBUSY", "EAGAIN", "ETXTBSY", "EDEADLK", "EDEADLOCK")
"""What the system says of a file that somebody else holds."""

GONE = (
    "EIO", "ESTALE", "ENOTCONN", "EREMOTEIO", "EHOSTDOWN", "ENODEV", "ETIMEDOUT", "ETIME", "ECONNRESET", "ECONNABORTED",
    "ECONNREFUSED", "ESHUTDOWN", "ENOLINK", "ECOMM", "EPIPE", "ENETRESET", "ENETDOWN", "ENETUNREACH", "EHOSTUNREACH",
    "ENONET",
)  # fmt: skip
"""What it says of a disk that failed, or of a mount whose server or way there is gone."""

DAMAGED = ("EUCLEAN", "EBADMSG", "ECORRUPT")
"""What it says of a file system that is damaged."""


def path_entries(prefix: str, engine: str, beside: str) -> tuple[Entry, ...]:
    """The entries of one `engine`; `beside` is what that makes beside the file."""
    return (
        Entry(
            f"{prefix}-NO-FOLDER", ("path_missing",),
            "The folder {folder} does not exist on the host that checks.",
            "Run this on that host as {worker}, or correct the field Path:\nmkdir -p {folder:sh}",
            codes=("no_folder", "ENOENT"), exceptions=("FileNotFoundError",),
            words=(
                "no such file or directory", "directory … does not exist", "cannot find the path",
                "cannot find the file", "no such folder", "database does not exist", "file … does not exist",
                "no files found that match", "path to … does not exist",
            ),
        ),
        Entry(
            f"{prefix}-NO-FOLDER-ROOT", ("path_missing",),
            "The folder {folder} does not exist on the host that checks, and its user {worker} may not make it.",
            "Run this on that host as root, or correct the field Path:\n"
            "install -d -o {worker:sh} -m 700 {folder:sh}",
            codes=("no_folder:root",),
        ),
        Entry(
            f"{prefix}-NO-FILES", ("path_not_permitted",),
            "The folder {folder} takes no new files: what lies there is made by the system itself ({kind}).",
            "Edit the destination: give a path on a disk in the field Path.",
            codes=("no_files",),
        ),
        Entry(
            f"{prefix}-FILE-CLOSED", ("path_not_permitted",),
            "The worker's user {worker} may not read and write {path}.",
            "Run this on that host as {granter}:\n{grant}",
            codes=("file_closed",),
        ),
        Entry(
            f"{prefix}-FOLDER-CLOSED", ("path_not_permitted",),
            f"The worker's user {{worker}} may not use the folder {{denied}}, which leads to the file or is where "
            f"{engine} makes {beside} beside it.",
            "Run this on that host as {granter}; it gives all that is needed on the way:\n{grant}",
            codes=("folder_closed",),
        ),
        Entry(
            f"{prefix}-READONLY-SYSTEM", ("read_only",),
            "The file system of {path} is read-only.",
            "Run this on that host as root, or edit the destination to a path that can be written:\n"
            "mount -o remount,rw {mount:sh}",
            codes=(
                "read_only_system", "EROFS",
            ),
            words=("read-only file system", "read-only filesystem", "write protected"),
            more="A disk with errors is often made read-only by the system itself: see the system log first.",
        ),
        Entry(
            f"{prefix}-WRONG-KIND", ("path_wrong_kind",),
            "{path} is a folder or a device, or leads through a file.",
            "Edit the destination: give the path of a file in the field Path.",
            codes=("wrong_kind", "EISDIR", "ENOTDIR", "ENXIO", "SQLITE_CANTOPEN_ISDIR"),
            exceptions=("IsADirectoryError", "NotADirectoryError"),
            words=("is a directory", "is a folder", "is not a file", "is not a regular file", "not a directory",
                   "could not fsync file … invalid argument", "no such device or address"),
        ),
        Entry(
            f"{prefix}-LOOP", ("path_missing",),
            "{path} is a symbolic link that leads back to itself, or lies behind one.",
            "Edit the destination: give the path of the file itself in the field Path.",
            codes=("ELOOP",), words=("too many levels of symbolic links", "too many symbolic links"),
        ),
        Entry(
            f"{prefix}-NAME", ("config_invalid",),
            "{path} is no possible path: it has a part that is too long, or a character that no path has.",
            "Edit the destination: correct the field Path.",
            codes=("ENAMETOOLONG", "EILSEQ"), exceptions=("UnicodeEncodeError",),
            words=(
                "embedded null", "file name too long", "filename too long", "path is longer than",
                "os.pathlike object, not", "surrogates not allowed", "invalid or incomplete multibyte",
            ),
        ),
    )  # fmt: skip
