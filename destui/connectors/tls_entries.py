"""What errors of encrypting mean: of certificates, keys, versions, and of whether there is TLS at all."""

from __future__ import annotations

from destui.connectors.catalogue import Entry

_UNVERIFIED = "until then, this field encrypts without checking the certificate:\ntls=require"

ENCRYPTION: tuple[Entry, ...] = (
    Entry(
        "TLS-NOT-OFFERED", ("tls_not_offered",),
        "{host} does not offer TLS, and the destination asks for it.",
        "Have the server's administrator turn TLS on; on a network that you trust, edit this field instead:\ntls=off",
        codes=("tls_not_offered",), among=("2026",),
        words=(
            "server does not support ssl", "does not support ssl", "doesn't support ssl",
            "does not support secure connection", "does not support tls", "doesn't support tls", "ssl is not supported",
            "ssl not supported", "ssl is not enabled", "ssl not enabled", "ssl is disabled on the server",
            "ssl is required, but the server does not support it", "ssl is required but the server doesn't support it",
            "refused tls connection", "rejected ssl upgrade", "server refused ssl", "no encryption supported",
            "ssl connection … but the server …support",
        ),
        more="With tls=off passwords are still hashed in most set-ups, but all data is readable on the way.",
    ),
    Entry(
        "TLS-CLIENT-CERT", ("tls_client_cert",),
        "The server wants a client certificate, and does not accept this one.",
        "Give a certificate that the server's authority has signed for user {user} in Client cert, and its key.",
        codes=("ssl:TLSV13_ALERT_CERTIFICATE_REQUIRED", "ssl:TLSV1_ALERT_UNKNOWN_CA",
               "ssl:SSLV3_ALERT_BAD_CERTIFICATE", "ssl:SSLV3_ALERT_CERTIFICATE_UNKNOWN",
               "ssl:SSLV3_ALERT_CERTIFICATE_EXPIRED", "ssl:SSLV3_ALERT_CERTIFICATE_REVOKED",
               "ssl:SSLV3_ALERT_UNSUPPORTED_CERTIFICATE", "ssl:TLSV1_ALERT_DECRYPT_ERROR",
               "ssl:TLSV1_ALERT_ACCESS_DENIED", "ssl:SSL/TLS_ALERT_BAD_CERTIFICATE",
               "ssl:PEER_DID_NOT_RETURN_A_CERTIFICATE"),
        words=(
            "alert certificate required", "alert unknown ca", "alert bad certificate", "alert certificate unknown",
            "alert certificate expired", "alert certificate revoked", "alert unsupported certificate",
            "certificate required", "peer did not return a certificate", "remote error: tls: bad certificate",
            "remote error: tls: unknown certificate…", "remote error: tls: expired certificate", "bad_certificate",
            "received fatal alert: certificate_required", "received fatal alert: unknown_ca",
            "client certificate required", "received fatal alert: certificate_unknown",
        ),
    ),
    Entry(
        "TLS-NOT-YET", ("clock_skew",),
        "By this host's clock the certificate of {host} begins only {starts}.",
        "Set this host's clock right; when it is right, have the server's administrator renew the certificate.",
        codes=("tls_not_yet_valid",), among=("ssl:CERTIFICATE_VERIFY_FAILED", "2026"),
        words=(
            "uses not yet valid certificate", "certificate is not yet valid",
            "not yet valid: current time {now} is before", "certificate not yet valid", "notvalidyet",
            "certnotyetvalid", "cert_not_yet_valid", "certificatenotyetvalidexception", "notbefore:", "not activated",
            "clock skew", "current time … is before {starts}",
        ),
    ),
    Entry(
        "TLS-EXPIRED", ("tls_expired",),
        "The certificate of {host} ended on {ends}.",
        "Have the server's administrator renew the certificate; " + _UNVERIFIED,
        codes=("tls_expired",), among=("ssl:CERTIFICATE_VERIFY_FAILED", "2026"),
        words=(
            "uses expired certificate", "certificate has expired", "certificate expired", "certificate is expired",
            "cert_has_expired", "certexpired", "certificateexpiredexception", "notafter:", "no longer valid",
            "certificate … has expired", "invalid peer certificate: expired",
        ),
    ),
    Entry(
        "TLS-HOSTNAME-ALIAS", ("tls_hostname_mismatch",),
        "The certificate of the server is for {names}, not for {host}.",
        "Edit this field, to a name that the certificate has and that leads to the same server, and type the secrets "
        "again:\nhost={alias}",
        codes=("tls_hostname_alias",),
    ),
    Entry(
        "TLS-HOSTNAME", ("tls_hostname_mismatch",),
        "The certificate of the server is for {names}, not for {host}.",
        "Have the server's administrator issue a certificate for {host}; until then, this field checks the "
        "authority but not the name:\ntls=verify-ca",
        codes=("tls_hostname",), among=("ssl:CERTIFICATE_VERIFY_FAILED", "2026"),
        words=(
            'server certificate for "{names}" does not match host name "{host}"', "hostname mismatch",
            "host name mismatch", "ip address mismatch", "does not match host name", "does not match hostname",
            "does not match target host", "doesn't match '{names}'", "doesn't match either of",
            "certificate is not valid for '{host}'", "certificate is valid for {names}, not {host}",
            "doesn't contain any ip sans", "not valid for name", "does not match certificate's altnames",
            "cert_altname_invalid", "no subject alternative", "no name matching", "certnotvalidforname",
            "notvalidforname", "verified by hostnameverifier", "remotecertificatenamemismatch",
            "does not match the expected", "does not match the name", "hostname verification failed",
            "cn name mismatch", "certificate name mismatch", "is not valid for hostname",
        ),
    ),
    Entry(
        "TLS-UNTRUSTED", ("tls_untrusted_ca",),
        "The certificate of {host} is signed by an authority that this host does not trust: {issuer}.",
        "Ask the server's administrator for the authority's certificate and give its path in the field CA file; "
        + _UNVERIFIED,
        codes=("tls_untrusted",), among=("ssl:CERTIFICATE_VERIFY_FAILED", "2026"),
        words=(
            "unable to get local issuer", "unable to get issuer", "self-signed certificate", "self signed certificate",
            "self_signed_cert…", "unknown authority", "untrusted root", "untrusted ca", "certificate_unknown_ca",
            "unable to verify the first certificate", "unable_to_verify_leaf_signature", "unable_to_get_issuer…",
            "authority that is not trusted", "certificate … not trusted", "issuer … not trusted", "ca … not trusted",
            "authority … not trusted", "unable to find valid certification path", "pkix path building failed",
            "path does not chain", "issuer is unknown", "unknown issuer", "unknownissuer",
            "remotecertificatechainerrors", "unhandled critical extension", "invalid ca certificate", "cert_untrusted",
            "bad other signature confirmation",
            "unsuitable certificate purpose", "missing authority key identifier", "missing subject key identifier",
            "path length constraint", "certificate revoked", "certificate chain too long", "basic constraints",
        ),
        more="Managed services offer their authority's bundle for download. A certificate that the server made for "
        "itself is its own authority.",
    ),
    Entry(
        "TLS-CA-FILE", ("tls_file_missing",),
        "The CA file {ca_file} is not there or cannot be read on the host that checks.",
        "Put the file there, readable for the worker, or correct the field CA file; empty means the system's.",
        among=("ENOENT", "EACCES", "2026"),
        words=(
            'root certificate file "{ca_file}" does not exist',
            "could not read root certificate file", "could not load root certificate",
            "could not load system root certificate", "could not find a suitable tls ca", "root certificate file",
            "ssl_ctx_load_verify_locations failed", "ssl_ctx_set_default_verify_paths failed",
            "ca certificate is required", "cafile", "ca bundle", "error setting certificate verify locations",
            "error adding trust anchors", "no crl available", "sslrootcert", "ca file",
        ),
    ),
    Entry(
        "TLS-CA-MISSING", ("tls_file_missing",),
        "The CA file {ca_file} is not there, on the host that checks.",
        "Put the authority's certificate there, or correct the field CA file; empty means the system's.",
        codes=("ca_file_missing",),
    ),
    Entry(
        "TLS-CA-CLOSED", ("tls_file_missing",),
        "The worker's user {worker} may not read the CA file {ca_file}: {denied} is closed to it.",
        "Run this on the host that checks as {granter}; it gives all that is needed on the way:\n{grant}",
        codes=("ca_file_closed",),
    ),
    Entry(
        "TLS-CA-UNREADABLE", ("tls_file_missing",),
        "The CA file {ca_file} cannot be read on the host that checks: it is a folder, or its disk fails.",
        "Correct the field CA file, to the path of a PEM file; empty means the system's.",
        codes=("ca_file_unreadable",),
    ),
    Entry(
        "TLS-CA-EMPTY", ("tls_file_missing",),
        "The CA file {ca_file} holds no certificate in the form PEM.",
        "Put the authority's certificate into it, as PEM (it begins with -----BEGIN CERTIFICATE-----); one in the form "
        "DER becomes PEM by openssl x509 -inform DER.",
        codes=("ca_file_empty",), among=("2026",), words=("no certificate or crl found",),
    ),
    Entry(
        "TLS-CLIENT-FILE", ("tls_client_cert", "tls_file_missing"),
        "The client certificate {client_cert} is not there or cannot be read on the host that checks.",
        "Put the file there, readable for the worker, or correct the field Client cert.",
        codes=("client_cert_missing",), among=("ENOENT", "EACCES", "2026"),
        words=(
            "could not open certificate file", "could not read certificate file", "could not load certificate file",
            "certificate file … does not exist", "unable to get certificate",
        ),
        more="`ls -l` with the whole path, run as the worker's user, shows which of the two it is.",
    ),
    Entry(
        "TLS-KEY-LOCKED", ("key_passphrase",),
        "The client key is protected by a passphrase.",
        "Take the passphrase off a copy of the key (openssl pkey does it), and paste that into Client key.",
        codes=("client_key_locked", "ssl:BAD_DECRYPT", "ssl:BAD_PASSWORD_READ"), among=("2026",),
        words=("bad decrypt", "bad password read", "problems getting password", "passphrase", "pass phrase",
               "empty password"),
    ),
    Entry(
        "TLS-CLIENT-KEY", ("key_invalid", "tls_client_cert"),
        "The client certificate {client_cert} and its key do not fit together, or one of them is damaged.",
        "Give a PEM certificate in Client cert, and the PEM text of its own key in Client key.",
        codes=("client_key_invalid", "ssl:KEY_VALUES_MISMATCH", "ssl:NO_START_LINE", "ssl:PEM_LIB", "ssl:BAD_END_LINE",
               "ssl:BAD_BASE64_DECODE", "ssl:UNSUPPORTED"), among=("ENOENT", "EACCES", "2026"),
        words=(
            'private key file "{key}" has group or world access', "private key file",
            "certificate present, but not private key", "could not load private key", "key values mismatch",
            "does not match private key", "key_values_mismatch", "unable to get private key", "no start line",
            "private key does not match public key", "bad base64 decode", "unable to load private key",
            "invalid private key", "failed to parse pem", "could not deserialize key data", "pem lib",
        ),
        more="`openssl x509 -noout -pubkey` of the certificate and `openssl pkey -pubout` of the key print the same "
        "where the two fit; what prints nothing is damaged.",
    ),
    Entry(
        "TLS-NO-FILE", ("tls_file_missing", "tls_client_cert", "key_invalid"),
        "A file of the encryption (authority, certificate or key) is not there or cannot be read.",
        "Put the file there, readable for the worker, or correct the fields CA file and Client cert.",
        codes=("ENOENT", "EACCES", "EISDIR", "ENOTDIR"), exceptions=("FileNotFoundError",), steps=("encrypt",),
        more="The message names the file where the driver says it; otherwise `ls -l` of each, run as the worker's "
        "user, shows which is not there or closed.",
    ),
    Entry(
        "TLS-VERSION", ("tls_version_mismatch",),
        "This host and {host} have no TLS version or cipher in common.",
        "Have the server's administrator allow TLS 1.2 or later.",
        codes=("ssl:UNSUPPORTED_PROTOCOL", "ssl:TLSV1_ALERT_PROTOCOL_VERSION", "ssl:NO_SHARED_CIPHER",
               "ssl:SSLV3_ALERT_HANDSHAKE_FAILURE", "ssl:TLSV1_ALERT_INSUFFICIENT_SECURITY", "ssl:DH_KEY_TOO_SMALL",
               "ssl:EE_KEY_TOO_SMALL", "ssl:CA_MD_TOO_WEAK", "ssl:CA_KEY_TOO_SMALL", "ssl:NO_PROTOCOLS_AVAILABLE",
               "ssl:NO_CIPHERS_AVAILABLE", "ssl:NO_CIPHER_MATCH", "ssl:WRONG_SSL_VERSION", "ssl:VERSION_TOO_LOW",
               "ssl:UNSAFE_LEGACY_RENEGOTIATION_DISABLED", "ssl:LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED",
               "ssl:WRONG_SIGNATURE_TYPE", "ssl:NO_SUITABLE_SIGNATURE_ALGORITHM", "ssl:BAD_ECPOINT", "ssl:WRONG_CURVE",
               "ssl:TLSV1_ALERT_NO_RENEGOTIATION", "ssl:UNSUPPORTED_SSL_VERSION", "ssl:NO_SUITABLE_GROUPS"),
        among=("ssl:CERTIFICATE_VERIFY_FAILED",),
        words=(
            "unsupported protocol", "alert protocol version", "no shared cipher", "handshake failure",
            "no protocols available", "key too small", "md too weak", "key too weak", "algorithm too weak",
            "no ciphers available", "insufficient security", "no cipher match", "wrong ssl version",
            "protocol version not supported", "unsupported protocol version", "protocol version mismatch",
            "no appropriate protocol", "no cipher suites in common", "version too low", "supported cipher suite",
            "no supported versions satisfy", "do not possess a common algorithm", "legacy renegotiation disabled",
            "legacy sigalg", "unknown ssl/tls protocol version", "protocol_version", "no compatible…",
            "incompatible tls version", "minimum tls version", "protocol is disabled", "failed to set ciphers",
        ),
    ),
    Entry(
        "TLS-NOT-SPOKEN", ("wrong_protocol",),
        "What listens on port {port} of {host} does not speak the expected protocol.",
        "Edit the destination: correct the field Port, or Host.",
        codes=("wrong_protocol", "ssl:WRONG_VERSION_NUMBER", "ssl:UNKNOWN_PROTOCOL", "ssl:HTTP_REQUEST",
               "ssl:HTTPS_PROXY_REQUEST", "ssl:PACKET_LENGTH_TOO_LONG", "ssl:RECORD_LAYER_FAILURE",
               "ssl:BAD_RECORD_TYPE", "ssl:UNEXPECTED_MESSAGE"),
        words=(
            "wrong version number", "wrong_version_number", "http request", "unknown protocol", "record layer failure",
            "first record does not look like a tls handshake", "unsupported or unrecognized ssl message",
            "packet length too long", "corrupt message of type invalidcontenttype",
            "frame size or an "
               "ssl/tls record",
        ),
    ),
    Entry(
        "TLS-DROPPED", ("connection_dropped", "server_unavailable"),
        "{host} cut the connection during the TLS handshake.",
        "Look in the server's log for the reason; a proxy or firewall on the way may be what cuts it.",
        codes=("ssl:UNEXPECTED_EOF_WHILE_READING", "ssl:", "ECONNRESET"),
        exceptions=("SSLEOFError", "SSLZeroReturnError", "ConnectionResetError"), steps=("encrypt",),
        words=("eof occurred in violation of protocol", "unexpected eof while reading"),
        more="Without a line about it in the server's log, it was cut on the way.",
    ),
    Entry(
        "TLS-HUNG-UP", ("wrong_protocol", "server_unavailable", "connection_dropped"),
        "What listens on port {port} of {host} hung up when asked for TLS.",
        "Edit the destination: correct the field Port, or Host; or look whether a proxy there has no server behind it.",
        codes=("hung_up",),
        more="The server's own log knows nothing of the connection where it is another program that listens, or a "
        "proxy.",
    ),
    Entry(
        "TLS-VERIFY", ("tls_untrusted_ca", "tls_expired"),
        "The certificate of {host} is not accepted: its authority is not trusted here, or it has expired.",
        "Give the authority's certificate in the field CA file, or have the certificate renewed.",
        codes=("ssl:CERTIFICATE_VERIFY_FAILED",), among=("2026",),
        words=(
            "certificate verify failed", "certificate_verify_failed", "certificate verification failure",
            "certificate validation failure", "validation of ssl server certificate failed",
            "failed to verify certificate", "remote certificate is invalid", "remote certificate was rejected",
            "certificate could not be verified", "failed to verify the server certificate", "invalid peer certificate",
            "bad certificate",
        ),
        more="`openssl s_client -connect {host}:{port} -showcerts` prints the days of the certificate and who signed "
        "it.",
    ),
)  # fmt: skip
