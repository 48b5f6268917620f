"""The operating system's own numbers and names, as errors carry and messages quote them: by one name each."""

from __future__ import annotations

from destui.connectors.words import Heard, numbers_behind

# getaddrinfo's numbers: of Linux, of Windows, and of macOS where it cannot be mistaken.
_RESOLVER = {
    -2: "EAI_NONAME", -5: "EAI_NODATA", 11001: "EAI_NONAME", 11003: "EAI_FAIL", 11004: "EAI_NODATA",
    -3: "EAI_AGAIN", -4: "EAI_FAIL", 11002: "EAI_AGAIN", -6: "EAI_ADDRFAMILY", -8: "EAI_SERVICE",
    -9: "EAI_ADDRFAMILY", -11: "EAI_SYSTEM",
}  # fmt: skip

_LINUX = {
    1: "EPERM", 2: "ENOENT", 5: "EIO", 6: "ENXIO", 11: "EAGAIN", 12: "ENOMEM", 13: "EACCES", 16: "EBUSY",
    17: "EEXIST", 19: "ENODEV", 20: "ENOTDIR", 21: "EISDIR", 22: "EINVAL", 23: "ENFILE", 24: "EMFILE", 26: "ETXTBSY",
    27: "EFBIG", 28: "ENOSPC", 30: "EROFS", 32: "EPIPE", 36: "ENAMETOOLONG", 39: "ENOTEMPTY", 40: "ELOOP",
    84: "EILSEQ", 97: "EAFNOSUPPORT", 98: "EADDRINUSE", 99: "EADDRNOTAVAIL", 100: "ENETDOWN", 101: "ENETUNREACH",
    103: "ECONNABORTED", 104: "ECONNRESET", 107: "ENOTCONN", 110: "ETIMEDOUT", 111: "ECONNREFUSED",
    112: "EHOSTDOWN", 113: "EHOSTUNREACH", 116: "ESTALE", 121: "EREMOTEIO", 122: "EDQUOT",
}  # fmt: skip

# Of macOS and the BSDs, those that are nothing one meets on Linux.
_OTHERS = {
    8: "EAI_NONAME", 35: "EAGAIN", 47: "EAFNOSUPPORT", 49: "EADDRNOTAVAIL", 50: "ENETDOWN", 51: "ENETUNREACH",
    53: "ECONNABORTED", 54: "ECONNRESET", 57: "ENOTCONN", 60: "ETIMEDOUT", 61: "ECONNREFUSED", 64: "EHOSTDOWN",
    65: "EHOSTUNREACH", 66: "ENOTEMPTY", 69: "EDQUOT", 70: "ESTALE",
}  # fmt: skip

_WINDOWS = {
    2: "ENOENT", 3: "ENOENT", 4: "EMFILE", 5: "EACCES", 15: "ENOENT", 19: "EROFS", 21: "EIO", 23: "EIO", 32: "EBUSY",
    33: "EBUSY", 39: "ENOSPC", 53: "ENOENT", 55: "ENODEV", 59: "ENOTCONN", 64: "ENOTCONN", 65: "EACCES", 67: "ENOENT",
    71: "EUSERS", 80: "EEXIST", 82: "EACCES", 108: "EBUSY", 112: "ENOSPC", 121: "ETIMEDOUT", 123: "EINVAL",
    145: "ENOTEMPTY", 161: "EINVAL", 170: "EBUSY", 206: "ENAMETOOLONG", 267: "ENOTDIR", 1117: "EIO", 1167: "ENODEV",
    1224: "EBUSY", 1231: "ENETUNREACH", 1295: "EDQUOT", 1314: "EPERM", 1326: "EAUTH", 1392: "ECORRUPT",
    51: "EHOSTUNREACH", 86: "EAUTH", 183: "EEXIST", 1203: "ENOENT", 1222: "ENETDOWN", 1225: "ECONNREFUSED",
    1232: "EHOSTUNREACH", 1236: "ECONNABORTED", 1330: "EPASSWORD", 1331: "EACCOUNT", 1793: "EACCOUNT",
    1907: "EPASSWORD", 1909: "EACCOUNT",
    10013: "EACCES", 10022: "EINVAL", 10035: "EAGAIN", 10047: "EAFNOSUPPORT", 10049: "EADDRNOTAVAIL",
    10050: "ENETDOWN", 10051: "ENETUNREACH",
    10053: "ECONNABORTED", 10054: "ECONNRESET", 10055: "ENOBUFS", 10060: "ETIMEDOUT", 10061: "ECONNREFUSED",
    10064: "EHOSTDOWN", 10065: "EHOSTUNREACH",
}  # fmt: skip

_NUMBERS = {**_OTHERS, **{n: name for n, name in _WINDOWS.items() if n >= 10_000}, **_RESOLVER, **_LINUX}

_NAMES = tuple(dict.fromkeys(_NUMBERS.values()))

_SAID = {
    "no such device or address": "ENXIO", "resource busy": "EBUSY", "text file busy": "ETXTBSY",
    "resource temporarily unavailable": "EAGAIN", "resource deadlock avoided": "EDEADLK", "broken pipe": "EPIPE",
    "connection timed out": "ETIMEDOUT", "connection refused": "ECONNREFUSED", "connection reset by": "ECONNRESET",
    "software caused connection abort": "ECONNABORTED", "network is down": "ENETDOWN",
    "network is unreachable": "ENETUNREACH", "no route to host": "EHOSTUNREACH", "host is down": "EHOSTDOWN",
    "dropped connection on reset": "ENETRESET", "machine is not on the network": "ENONET", "too many links": "EMLINK",
    "too many users": "EUSERS", "timer expired": "ETIME", "link has been severed": "ENOLINK",
    "communication error on send": "ECOMM", "bad message": "EBADMSG", "structure needs cleaning": "EUCLEAN",
    "no buffer space available": "ENOBUFS", "transport endpoint shutdown": "ESHUTDOWN",
    "required key not available": "ENOKEY", "key has expired": "EKEYEXPIRED", "key has been revoked": "EKEYREVOKED",
    "key was rejected by service": "EKEYREJECTED", "directory not empty": "ENOTEMPTY",
}  # fmt: skip
"""The system's words for its numbers, those that stand for nothing else."""

_MARKS = ("[errno ", "errno: ", "errno ", "os error ", "system error: ", "errcode: ", "socket error: ")


def name_of(number: int) -> str:
    """The name of a number of the system or of its resolver (getaddrinfo's); empty where there is none."""
    return _NUMBERS.get(number, "")


def is_name(code: str) -> bool:
    """Whether a code is the name of a number of the system, such as ENOENT."""
    return code.startswith("E") and code.isalnum() and code.isupper()


def codes_in(heard: Heard) -> tuple[str, ...]:
    """The names of what a message quotes: `[Errno 111]`, `ECONNREFUSED`, `(os error 111)`, `[SSL: REASON]`."""
    found = [name_of(number) for mark in _MARKS for number in numbers_behind(mark, heard.lower)]
    # libpq on Windows writes `(0x0000274D/10061)`.
    found += [_WINDOWS.get(number, "") for number in numbers_behind("/", heard.lower) if number >= 10_000]
    if "E" in heard.text:
        found += [name for name in _NAMES if name in heard.text and _is_alone(name, heard.text)]
    if "[SSL: " in heard.text:
        found.append(f"ssl:{heard.text.partition('[SSL: ')[2].partition(']')[0]}")
    return tuple(dict.fromkeys(name for name in found if name))


def said_in(heard: Heard) -> tuple[str, ...]:
    """The names of the system's numbers whose words are in a message."""
    return tuple(name for words, name in _SAID.items() if words in heard.lower)


def windows_codes_in(heard: Heard) -> tuple[str, ...]:
    """The names of Windows' numbers in a message: they tell more than what Python makes of them."""
    return tuple(_WINDOWS.get(number, "") for number in numbers_behind("[winerror ", heard.lower))


def _is_alone(name: str, text: str) -> bool:
    at = text.find(name)
    around = text[max(0, at - 1) : at] + text[at + len(name) : at + len(name) + 1]
    return not any(c.isalnum() or c == "_" for c in around)
