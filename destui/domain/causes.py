"""The closed list of causes that a diagnosis may name. A new id is a decision, not an edit in passing."""

CAUSES: frozenset[str] = frozenset(
    """
    host_not_found dns_unavailable connection_refused timeout_firewall network_unreachable proxy_error
    connection_dropped wrong_protocol server_unavailable tunnel_not_permitted
    tls_required tls_not_offered tls_untrusted_ca tls_hostname_mismatch tls_expired tls_version_mismatch
    tls_client_cert tls_file_missing host_key_unknown host_key_changed
    wrong_password unknown_user credentials_missing user_not_allowed_from_host network_policy_blocked
    auth_method_unsupported account_locked password_expired token_expired clock_skew mfa_required key_invalid
    key_passphrase key_not_accepted role_missing account_missing
    database_missing schema_missing table_missing bucket_missing path_missing path_not_permitted path_wrong_kind
    file_not_a_database file_corrupt no_connect_right api_disabled billing_disabled wrong_region warehouse_missing
    warehouse_suspended too_many_connections service_not_offered config_invalid driver_missing version_incompatible
    no_create_right no_write_right no_read_right read_only disk_full quota_exceeded locked query_timeout
    unknown
    """.split()
)
