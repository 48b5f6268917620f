"""The closed list of causes that a diagnosis may name. A new id is a decision, not an edit in passing."""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` itself would cost its import
if TYPE_CHECKING:
    from collections.abc import Iterable

CAUSE_WORDS: dict[str, str] = {
    "host_not_found": "there is no such host name",
    "dns_unavailable": "no name server answers",
    "connection_refused": "nothing listens there",
    "timeout_firewall": "no answer, or a firewall drops the connection",
    "network_unreachable": "there is no route to that network",
    "proxy_error": "the proxy cannot be used",
    "connection_dropped": "the connection was cut on the way",
    "wrong_protocol": "something else listens there",
    "server_unavailable": "the server starts, stops or hangs",
    "tunnel_not_permitted": "the SSH server forbids forwarding",
    "tls_required": "the server wants TLS",
    "tls_not_offered": "the server does not offer TLS",
    "tls_untrusted_ca": "the certificate's authority is not trusted here",
    "tls_hostname_mismatch": "the certificate is for another name",
    "tls_expired": "the certificate has expired",
    "tls_version_mismatch": "no TLS version or cipher in common",
    "tls_client_cert": "a client certificate is missing or not accepted",
    "tls_file_missing": "a certificate's file is missing or cannot be read",
    "host_key_unknown": "the server's SSH key is not known yet",
    "host_key_changed": "the server's SSH key is another than before",
    "wrong_password": "the password is wrong",
    "unknown_user": "there is no such user",
    "credentials_missing": "credentials are missing",
    "user_not_allowed_from_host": "the server's rules keep this user or this host out",
    "network_policy_blocked": "a network rule of the service refuses this address",
    "auth_method_unsupported": "this way of signing in is not possible here",
    "account_locked": "the account is locked or may not sign in",
    "password_expired": "the password has expired",
    "token_expired": "the token or session has expired",
    "clock_skew": "a clock is wrong",
    "mfa_required": "a second factor is wanted",
    "key_invalid": "the key is missing or damaged",
    "key_passphrase": "the key's passphrase is missing or wrong",
    "key_not_accepted": "the server does not know the key",
    "role_missing": "the role does not exist or is not granted",
    "account_missing": "there is no such account",
    "database_missing": "there is no such database",
    "schema_missing": "there is no such schema, or it cannot be seen",
    "table_missing": "a table does not exist",
    "bucket_missing": "there is no such bucket",
    "path_missing": "the path does not exist",
    "path_not_permitted": "the path is closed to the worker's user",
    "path_wrong_kind": "a file where a folder is needed, or the other way round",
    "file_not_a_database": "the file is of another kind",
    "file_corrupt": "the file is damaged",
    "no_connect_right": "the right to connect is missing",
    "api_disabled": "the cloud's API is switched off",
    "billing_disabled": "the account is not paid for, or suspended",
    "wrong_region": "the region is missing or wrong",
    "warehouse_missing": "there is no warehouse that may be used",
    "warehouse_suspended": "the warehouse may not start",
    "too_many_connections": "a limit of connections is reached",
    "service_not_offered": "the server does not offer this service",
    "config_invalid": "a setting or address is malformed",
    "driver_missing": "a driver or extension is not installed",
    "version_incompatible": "versions do not fit together",
    "no_create_right": "the right to create is missing",
    "no_write_right": "the right to write is missing",
    "no_read_right": "the right to read is missing",
    "read_only": "it is read-only",
    "disk_full": "the disk is full",
    "quota_exceeded": "a quota or limit is reached",
    "locked": "somebody else holds a lock",
    "query_timeout": "a time limit ran out",
    "unknown": "not known",
}
"""Each cause in a few words, to be read after others: what it would mean if it were this one."""

APART = "To tell them apart:"
"""What stands before what tells several causes apart."""


def likeliest_first(causes: Iterable[str]) -> str:
    """Of several causes all, as one sentence: `Likeliest first: the password is wrong; there is no such user.`"""
    told = [CAUSE_WORDS.get(cause, cause) for cause in causes]
    return f"Likeliest first: {'; '.join(told)}." if len(told) > 1 else ""


CAUSES: frozenset[str] = frozenset(CAUSE_WORDS)
