"""What errors of a folder mean: of paths, rights, disks and mounts."""

from __future__ import annotations

from destui.connectors.catalogue import Catalogue, Entry
from destui.connectors.file_entries import BUSY, DAMAGED
from destui.domain.steps import CLEAN_UP, FOLDER_STEPS

_MOUNTED = "Where the folder is on a mounted disk or share, look first whether that is mounted."

_ENTRIES: tuple[Entry, ...] = (
    Entry(
        "DIR-BUSY", ("locked",),
        "Somebody else holds files in {path}, or it is not empty.",
        "Wait until it is done, or end it; root on that host sees who it is by:\nfuser -v {path:sh}",
        codes=(*BUSY, "ENOTEMPTY"),
        words=(
            "resource busy", "device or resource busy", "used by another process", "directory not empty",
            "text file busy", "resource temporarily unavailable", "sharing violation", "directory is not empty",
            "resource deadlock",
        ),
    ),
    Entry(
        "DIR-LOGON", ("wrong_password",),
        "The share's server refused the user that it is mounted by.",
        "Mount it anew on that host with the right name and password.",
        codes=("EAUTH", "EKEYREJECTED"),
        words=("logon failure", "user name or password is incorrect", "key was rejected by service"),
    ),
    Entry(
        "DIR-ACCOUNT", ("account_locked",),
        "The account by which the share is mounted is locked, disabled or has expired.",
        "Have the share's administrator unlock it, or mount the share by another user.",
        codes=("EACCOUNT",), words=("currently locked out", "account has expired", "account is currently disabled"),
    ),
    Entry(
        "DIR-PASSWORD-EXPIRED", ("password_expired",),
        "The password by which the share is mounted has expired.",
        "Set a new one, then mount the share anew with it.",
        codes=("EPASSWORD",), words=("password … has expired", "password must be changed"),
    ),
    Entry(
        "DIR-TICKET", ("token_expired",),
        "The ticket with which the worker's user is known to the share's server has expired.",
        "Get a new one, as {worker} on that host:\nkinit",
        codes=("EKEYEXPIRED", "EKEYREVOKED"), words=("key has expired", "key has been revoked"),
    ),
    Entry(
        "DIR-NO-TICKET", ("credentials_missing",),
        "The worker's user has no ticket for the share's server.",
        "Get one, as {worker} on that host:\nkinit",
        codes=("ENOKEY",), words=("required key not available",),
    ),
    Entry(
        "DIR-MISSING", ("path_missing",),
        "The folder {folder} does not exist on the host that checks.",
        "Run this on that host as {worker}, or correct the field Path:\nmkdir -p {folder:sh}",
        codes=("no_folder", "ENOENT"), exceptions=("FileNotFoundError",),
        words=(
            "no such file or directory", "no such folder", "cannot find the path", "cannot find the file",
            "does not exist", "network path was not found", "network name cannot be found", "no such directory",
            "nosuchfileexception", "directorynotfoundexception", "could not find a part of the path",
        ),
        more=_MOUNTED,
    ),
    Entry(
        "DIR-MISSING-ROOT", ("path_missing",),
        "The folder {folder} does not exist on the host that checks, and its user {worker} may not make it.",
        "Run this on that host as root, or correct the field Path:\ninstall -d -o {worker:sh} -m 700 {folder:sh}",
        codes=("no_folder:root",), more=_MOUNTED,
    ),
    Entry(
        "DIR-NO-FILES", ("path_not_permitted",),
        "The folder {folder} takes no new files: what lies there is made by the system itself ({kind}).",
        "Edit the destination: give a path on a disk in the field Path.",
        codes=("no_files",),
    ),
    Entry(
        "DIR-WRONG-KIND", ("path_wrong_kind",),
        "{path} is a file or leads through one; a folder is needed.",
        "Give a folder in the field Path, such as a new one beside it: the first line makes it, as root on that host, "
        "the second is the field:\ninstall -d -o {worker:sh} -m 700 {beside:sh}\npath={beside}",
        codes=("wrong_kind", "ENOTDIR", "EISDIR", "ENXIO"),
        exceptions=("NotADirectoryError", "IsADirectoryError"),
        words=("not a directory", "not a folder", "is a directory", "directory name is invalid"),
    ),
    Entry(
        "DIR-LOOP", ("path_missing",),
        "The symbolic link {link} leads back to itself.",
        "Remove the link and make the folder, as root on that host:\n"
        "rm {link:sh}\ninstall -d -o {worker:sh} -m 700 {path:sh}",
        codes=("loop", "ELOOP"), words=("too many levels of symbolic links", "too many symbolic links", "symlink loop"),
    ),
    Entry(
        "DIR-NAME", ("config_invalid",),
        "{path} has a part that is longer than the file system takes, or characters that it does not.",
        "Edit the destination: give a shorter path in the field Path.",
        codes=("ENAMETOOLONG", "EILSEQ", "EINVAL"), exceptions=("UnicodeEncodeError",),
        words=(
            "file name too long", "filename too long", "invalid or incomplete multibyte", "embedded null",
            "invalid argument", "os.pathlike object, not", "surrogates not allowed",
            "filename, directory name, or volume label syntax", "path too long", "filename or extension is too long",
        ),
    ),
    Entry(
        "DIR-CLOSED", ("path_not_permitted",),
        "The worker's user {worker} may not enter the folder {denied}.",
        "Run this on that host as {granter}; it gives all that is needed on the way:\n{grant}",
        codes=("closed",),
    ),
    Entry(
        "DIR-UNLISTABLE", ("no_read_right",),
        "The worker's user {worker} may not list the folder {denied}.",
        "Run this on that host as {granter}; it gives all that a load needs:\n{grant}",
        codes=("unlistable",),
    ),
    Entry(
        "DIR-UNWRITABLE", ("no_write_right",),
        "The worker's user {worker} may not write into the folder {denied}.",
        "Run this on that host as {granter}; it gives all that a load needs:\n{grant}",
        codes=("unwritable",),
    ),
    Entry(
        "DIR-NOT-PERMITTED", ("path_not_permitted",),
        "The operating system keeps the worker's user from {path}.",
        "Give the worker's user the right to list, write and remove files in the folder.",
        codes=("EACCES", "EPERM"), exceptions=("PermissionError",),
        words=(
            "permission denied", "access is denied", "access denied", "access permission denied",
            "operation not permitted", "required privilege is not held", "accessdeniedexception",
            "unauthorizedaccessexception",
        ),
        more="Where the rights look right, a security module (SELinux, AppArmor) may forbid it: see the system log.",
    ),
    Entry(
        "DIR-READONLY", ("read_only",),
        "The file system of {path} is read-only.",
        "Run this on that host as root, or edit the destination to a path that can be written:\n"
        "mount -o remount,rw {mount:sh}",
        codes=("EROFS", "read_only_system"), words=("read-only file system", "read-only filesystem", "write protected"),
        more="A disk with errors is often made read-only by the system itself: see the system log first.",
    ),
    Entry(
        "DIR-FULL", ("disk_full",),
        "The disk of {path} is full.",
        "Free space or file entries (inodes) on that host; these show how much is left of both:\n"
        "df -h {path:sh}\ndf -i {path:sh}",
        codes=("ENOSPC",), words=("no space left", "disk full", "disk is full", "not enough space"),
    ),
    Entry(
        "DIR-QUOTA", ("quota_exceeded",),
        "A quota or a limit on the size of files is reached for the user {worker} on the file system of {path}.",
        "Have the host's administrator raise it, or remove files of that user; root sees the quotas by:\n"
        "quota -s -u {worker:sh}",
        codes=("EDQUOT", "EFBIG", "EMLINK"), words=("quota exceeded", "file too large", "too many links"),
    ),
    Entry(
        "DIR-HANDLES", ("too_many_connections",),
        "The worker or the host has no more files to open.",
        "Have the host's administrator raise the limit of open files.",
        codes=("EMFILE", "ENFILE"), words=("too many open files",),
    ),
    Entry(
        "DIR-MEMORY", ("quota_exceeded",),
        "The host, or the share's server, has no memory left or serves as many users as it may.",
        "Have the host's administrator look what uses it up, or raise the limit.",
        codes=("ENOMEM", "ENOBUFS", "EUSERS"), exceptions=("MemoryError",),
        words=("cannot allocate memory", "too many users"),
    ),
    Entry(
        "DIR-CORRUPT", ("file_corrupt",),
        "The file system of {path} is damaged.",
        "Have the host's administrator unmount it and let it be repaired; its system log says more, to root:\n"
        "dmesg --level=err,warn",
        codes=DAMAGED,
        words=("structure needs cleaning", "file or directory is corrupted", "bad message"),
    ),
    Entry(
        "DIR-STALE", ("connection_dropped",),
        "The mount at {mount} that {path} lies on is dead: its server or disk is gone.",
        "Mount it anew, as root on that host:\numount -l {mount:sh}\nmount {mount:sh}",
        codes=(
            "ESTALE", "ENOTCONN", "EHOSTDOWN", "ECONNRESET", "ECONNABORTED", "ECONNREFUSED", "ENODEV",
            "EREMOTEIO", "ESHUTDOWN", "ENOLINK", "ECOMM", "EPIPE", "ENOTBLK", "EREMCHG", "ENETRESET", "ETIMEDOUT",
        ),
        words=("stale file handle", "stale nfs file handle", "transport endpoint is not connected", "host is down",
               "no such device$", "remote i/o error", "transport endpoint shutdown", "link has been severed",
               "network name is no longer available", "connection timed out", "communication error on send"),
    ),
    Entry(
        "DIR-UNREACHABLE", ("network_unreachable", "connection_dropped"),
        "The server of the mount at {mount} cannot be reached.",
        "Look at the network or VPN of that host, then check again.",
        codes=(
            "EHOSTUNREACH", "ENETUNREACH", "ENETDOWN", "ENONET",
        ),
        words=("no route to host", "network is unreachable", "network is down"),
        more="`ping` of another server of the same network, on that host, tells: where it answers, it is this server "
        "that is gone.",
    ),
    Entry(
        "DIR-IO", ("connection_dropped",),
        "The disk or mount of {path} failed while it was read or written.",
        "Look at the disk or mount at {mount} on that host; its system log says more, to root:\n"
        "dmesg --level=err,warn",
        codes=("EIO",), words=("input/output error", "i/o error", "device is not ready", "i/o device error"),
    ),
    Entry(
        "DIR-TIMEOUT", ("connection_dropped", "query_timeout"),
        "{path} did not answer in time: a mount whose server is gone, a frozen or a very slow disk.",
        "Look at the disk or mount at {mount} on that host.",
        codes=("deadline", "ETIME"), words=("timed out", "no answer within"),
        more="`ls` of the folder on that host hangs for good where the mount is dead, and ends where the disk is slow.",
    ),
    Entry(
        "DIR-VANISHED", ("path_missing", "locked"),
        "The probe's file in {path} was removed or changed before it could be read back.",
        "Look what cleans up in that folder, or what replaces its files, then check again.",
        codes=("probe_differs", "ENOENT"), steps=("read back",), words=("no such file", "is not what was written"),
        more="`inotifywait -m` of the folder, run during the next check, tells: it prints DELETE where something "
        "cleans up, and MODIFY where something changes the file.",
    ),
    Entry(
        "DIR-FILE-THERE", ("path_wrong_kind",),
        "{path} is a file; a folder is needed.",
        "Edit the destination: give a folder in the field Path.",
        codes=("EEXIST",), exceptions=("FileExistsError",), steps=("open",), words=("file exists",),
    ),
    Entry(
        "DIR-ATTRIBUTES", ("no_write_right",),
        "The folder {path} is marked as not to be changed, or only to be added to.",
        "Run this on that host as root:\nchattr -i -a {path:sh}",
        codes=("EPERM",), steps=("write", CLEAN_UP),
        words=("operation not permitted",),
        more="lsattr -d shows the marks. In a container, a security profile can forbid the same.",
    ),
    Entry(
        "DIR-UNREADABLE", ("no_read_right",),
        "The worker's user may not read what was written into {path}.",
        "Give the worker's user the right to list, write and remove files in the folder.",
        codes=("EACCES", "EPERM"), steps=("read back",), words=("permission denied", "access is denied"),
        more="A umask or an access list of the folder's own (getfacl) takes away what was just made.",
    ),
    Entry(
        "DIR-UNREMOVABLE", ("no_write_right",),
        "The worker's user may not remove files in {path}.",
        "Give the worker's user the right to list, write and remove files in the folder.",
        codes=("EACCES",), steps=(CLEAN_UP,), words=("permission denied", "access is denied"),
        more="On a share, the server's own rights count, too.",
    ),
)  # fmt: skip

CATALOGUE = Catalogue("Folder", "DIR-UNKNOWN", FOLDER_STEPS, _ENTRIES)
