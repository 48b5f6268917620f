"""What MySQL and MariaDB, and proxies and clouds that speak their protocol, say of signing in."""

from __future__ import annotations

from destui.connectors.catalogue import Entry

ACCOUNT = "{user:mystr}@{account_host:mystr}"
_HOSTS = "SELECT host, plugin FROM mysql.user WHERE user = {user:mystr};"
OTHER_HOST = " (if the account is for another host than {account_host}, put that)"

SIGN_IN: tuple[Entry, ...] = (
    Entry(
        "MY-1045-CLEAR", ("wrong_password", "tls_required", "unknown_user", "user_not_allowed_from_host"),
        "The server refused user {user} coming from {client} without TLS: the password is wrong, the server wants TLS, "
        "there is no such user, or none for this host.",
        "Type the field Password again, correct User, or edit this field:\ntls=require",
        codes=("1045:clear",),
        more="An administrator sees it by: SELECT host, ssl_type FROM mysql.user WHERE user = {user:mystr}; SHOW "
        "GLOBAL VARIABLES LIKE 'require_secure_transport'; Without a row there is no such user, without a host that "
        "fits none for this one. An ssl_type, or ON, wants TLS. Otherwise the password is wrong.",
        reading="MariaDB: Securing Connections for Client and Server",
    ),
    Entry(
        "MY-1045-NO-PASSWORD", ("credentials_missing", "unknown_user", "user_not_allowed_from_host"),
        "The server wants a password of user {user}, and none is set.",
        "Edit the destination: fill in the field Password; an administrator sees for which hosts the user is:\n"
        + _HOSTS,
        codes=("1045:none",), among=("1045", "ER_ACCESS_DENIED_ERROR"),
        words=(
            "access denied for user '{user}'@'{client}' (using password: no)", "(using password: no)",
            "(mot de passe: non)", "(verwendetes passwort: nein)", "(был использован пароль: нет)",
            "(usando la contraseña: no)",
        ),
        more="The hosts that an administrator sees so tell: without a row there is no such user, without a host that "
        "fits none for this one; otherwise it is the password that is missing.",
        reading="MySQL: Troubleshooting Problems Connecting to MySQL",
    ),
    Entry(
        "MY-3159", ("tls_required",),
        "The server takes user {user} only over TLS.",
        "Edit this field (verify-full also checks the server's certificate):\ntls=require",
        codes=(
            "3159", "plugin_clear", "1759",
        ),
        among=("1045", "1105", "9002", "2061", "2059", "1043", "2026", "ER_SECURE_TRANSPORT_REQUIRED"),
        words=(
            "insecure transport", "requires secure connection", "requires ssl", "requires tls",
            "require secure connection", "ssl connection is required", "ssl is required$", "ssl is required.",
            "ssl required", "must use ssl", "must use tls", "insecure connection…", "mysql_clear_password' … without",
            "mysql_clear_password … disabled", "access without ssl denied", "client must use ssl/tls",
            "tls connections", "authentication requires secure connection", "allowed only with ssl",
            "sending passwords in plain text", "connections must use", "only with ssl",
            "code: unavailable server does not allow",
        ),
        reading="MySQL: Configuring MySQL to Use Encrypted Connections",
    ),
    Entry(
        "MY-1045", ("wrong_password", "unknown_user", "user_not_allowed_from_host"),
        "The server refused user {user} coming from {client}: the password is wrong, there is no such user, or none "
        "for this host.",
        "Type the field Password again, and correct User; an administrator sees for which hosts "
        "the user is:\n" + _HOSTS,
        codes=("1045:refused", "1045", "1873", "ER_ACCESS_DENIED_ERROR"), steps=("encrypt", "sign in", "open"),
        words=(
            "access denied for user '{user}'@'{client}' (using password: yes",
            "access denied for user '{user}'@'{client}' (using", "proxysql error: access denied",
            "access denied for user '{user}' (using password: yes", "access denied trying to change",
            "provided database credentials for", "invalid username or password", "invalid credentials",
        ),
        more="The hosts that an administrator sees so tell: without a row there is no such user, without a host that "
        "fits none for this one; otherwise the password is wrong. MariaDB says the same where it takes the user only "
        "over TLS: SHOW CREATE USER shows that.",
        reading="MySQL: Troubleshooting Problems Connecting to MySQL",
    ),
    Entry(
        "MY-CLIENT-CERT", ("tls_client_cert",),
        "The server wants a client certificate of user {user}, and destui has none to give here.",
        f"Have an administrator ask for plain TLS instead{OTHER_HOST}:\nALTER USER {ACCOUNT} REQUIRE SSL;",
        codes=("ssl:TLSV13_ALERT_CERTIFICATE_REQUIRED", "ssl:SSLV3_ALERT_BAD_CERTIFICATE"), among=("2026", "2013"),
        words=("alert certificate required", "alert unknown ca", "alert bad certificate", "alert certificate unknown",
               "alert certificate expired", "alert certificate revoked", "certificate required",
               "peer did not return a certificate", "valid client certificate"),
        reading="MySQL: CREATE USER Statement, SSL/TLS Options",
    ),
    Entry(
        "MY-1130", ("user_not_allowed_from_host",),
        "The server has no user at all for the host {client}, from which this one comes.",
        "Run this as an administrator, where {user} is so far let in only from the server's own host:\n"
        "RENAME USER {user:mystr}@'localhost' TO {user:mystr}@{client:mystr};",
        codes=("1130", "ER_HOST_NOT_PRIVILEGED"),
        words=("host '{client}' is not allowed to connect", "is not allowed to connect to this"),
        more="A user of MySQL's is a name and a host. For which hosts it is: " + _HOSTS,
        reading="MySQL: Specifying Account Names",
    ),
    Entry(
        "MY-1129", ("user_not_allowed_from_host",),
        "The server blocks this host, because too many of its connections were broken off.",
        "Run this as an administrator (MySQL 8.4: TRUNCATE TABLE performance_schema.host_cache), then look what breaks "
        "them off, often a port scan or a health check:\nFLUSH HOSTS;",
        codes=("1129", "ER_HOST_IS_BLOCKED"),
        words=("host '{client}' is blocked because of many connection errors", "host '{client}' is temporarily blocked",
               "because of many connection errors"),
        reading="MySQL: Host 'host_name' is blocked",
    ),
    Entry(
        "MY-1042", ("dns_unavailable",),
        "The server cannot find the name of this host, which it wants to know.",
        "Have the server's administrator set skip_name_resolve, or mend the name server that it asks.",
        codes=("1042",), words=("can't get hostname for your address",),
        reading="MySQL: DNS Lookups and the Host Cache",
    ),
    Entry(
        "MY-1698", ("auth_method_unsupported",),
        "The server lets user {user} in by the operating system's user, not by a password.",
        "Run this as an administrator to see it, then give {user} a password there, or use another user:\n" + _HOSTS,
        codes=(
            "1698", "1699", "ER_ACCESS_DENIED_NO_PASSWORD_ERROR",
        ),
        words=("access denied for user '{user}'@'{client}'$",),
        more="Distributions set up root so (unix_socket, auth_socket); a load should have a user of its own.",
        reading="MariaDB: Authentication Plugin - Unix Socket",
    ),
    Entry(
        "MY-PUBLIC-KEY", ("auth_method_unsupported", "tls_required"),
        "The server wants the password of {user} over TLS, or encrypted by a key that the driver was not told to "
        "fetch.",
        "Edit this field; other drivers have a setting for the key (allowPublicKeyRetrieval):\ntls=require",
        words=("public key retrieval", "server's public key", "server public key"),
        more="A check with tls=require tells: over TLS no such key is needed, and where it passes, that was all.",
        reading="MySQL: Caching SHA-2 Pluggable Authentication",
    ),
    Entry(
        "MY-ED25519", ("driver_missing", "auth_method_unsupported"),
        "User {user} signs in by ed25519, for which a package is not installed.",
        "Run this where the worker runs, in its environment:\npip install 'PyMySQL[ed25519]'",
        words=("'pynacl' package is required", "pynacl package is required", "'pynacl'"),
        more="With the package there, what is left is the account: SHOW CREATE USER names its plug-in.",
        reading="MariaDB: Authentication Plugin - ed25519",
    ),
    Entry(
        "MY-RSA", ("wrong_password", "driver_missing"),
        "The server wants the password of {user} once more in full, mostly because it is wrong, and the driver cannot "
        "encrypt it.",
        "Type the field Password again, or edit this field:\ntls=require",
        words=("'cryptography' package is required", "cryptography package is required", "cryptography' package"),
        more="A check with tls=require tells: over TLS no package is needed, and what is refused has a wrong password.",
        reading="MySQL: Caching SHA-2 Pluggable Authentication",
    ),
    Entry(
        "MY-2059", ("auth_method_unsupported",),
        "The server wants user {user} to sign in in a way that the driver does not have.",
        "Have the server's administrator give {user} a password of an ordinary kind (mysql_native_password, "
        "caching_sha2_password); now it has:\n" + _HOSTS,
        codes=(
            "2059", "2054", "1251", "1524", "1275", "2049", "2061", "plugin_dialog", "ER_NOT_SUPPORTED_AUTH_MODE",
            "ER_PLUGIN_IS_NOT_LOADED",
        ),
        words=(
            "unable to load authentication plugin", "authentication plugin '{plugin}' cannot be loaded",
            "authentication plugin '{plugin}", "plugin '{plugin}' is not loaded",
            "does not support authentication protocol", "secure-auth mode", "old-password", "old password", "pre-4.1",
            "authentication method unknown to the client", "unknown authentication method",
            "authentication method … not supported", "this authentication plugin is not supported",
            "unknown auth plugin", "auth plugin … not supported", "auth_gssapi_client", "this user requires",
            "unsupported authentication", "plugin could not be loaded", "auth_switch_request",
        ),
        reading="MySQL: Pluggable Authentication",
    ),
    Entry(
        "MY-PAM", ("auth_method_unsupported", "user_not_allowed_from_host"),
        "The driver stumbled over the server's answer: user {user} signs in by a plug-in such as PAM, or this host is "
        "not let in.",
        "Have the server's administrator give {user} a password of an ordinary kind; now it has:\n" + _HOSTS,
        words=("^index out of range",),
        more="An administrator's list of the user's hosts and plug-ins tells: a host that fits leaves the plug-in.",
        reading="MariaDB: Authentication with Pluggable Authentication Modules (PAM)",
    ),
    Entry(
        "MY-1862", ("password_expired",),
        "The password of user {user} has expired.",
        "Have an administrator set a new one (ALTER USER … IDENTIFIED BY …), then type it in the field Password.",
        codes=("1820", "1862", "ER_MUST_CHANGE_PASSWORD", "ER_MUST_CHANGE_PASSWORD_LOGIN"),
        words=(
            "password has expired", "must set password", "must reset your password", "must change it",
            "must change your password", "reset your password using alter user", "password is expired",
        ),
        more="So that it lasts, the administrator adds PASSWORD EXPIRE NEVER to the same statement.",
        reading="MySQL: Server Handling of Expired Passwords",
    ),
    Entry(
        "MY-3118", ("account_locked",),
        "The account {user} is locked.",
        f"Run this as an administrator{OTHER_HOST}:\nALTER USER {ACCOUNT} ACCOUNT UNLOCK;",
        codes=("3118", "4151", "ER_ACCOUNT_HAS_BEEN_LOCKED"), words=("account is locked", "user has been disabled"),
        reading="MySQL: Account Locking",
    ),
    Entry(
        "MY-4150", ("account_locked",),
        "The server blocks user {user} after too many wrong passwords.",
        "Run this as an administrator, and find out who tries:\nFLUSH PRIVILEGES;",
        codes=("4150",), words=("user is blocked because of too many credential errors",),
        reading="MariaDB: Server System Variables, max_password_errors",
    ),
    Entry(
        "MY-3955", ("account_locked",),
        "The server locks user {user} for some days after too many wrong passwords.",
        f"Run this as an administrator{OTHER_HOST}, and find out who tries:\nALTER USER {ACCOUNT} ACCOUNT UNLOCK;",
        codes=("3955", "3957"), words=("account is blocked for", "consecutive failed logins"),
        reading="MySQL: Password Management",
    ),
    Entry(
        "MY-1410", ("unknown_user",),
        "There is no user of this name and host, so nothing can be granted to it.",
        "Have an administrator create the user (CREATE USER … IDENTIFIED BY …) before the grant; there are now:\n"
        + _HOSTS,
        codes=("1410", "1133", "1449"), among=("1396",),
        words=(
            "not allowed to create a user with grant", "find any matching row in the user table",
            "operation alter user failed", "operation drop user failed", "operation rename user failed",
            "operation set default role failed", "specified as a definer … does not exist",
        ),
        reading="MySQL: CREATE USER Statement",
    ),
    Entry(
        "MY-NO-ACCOUNT", ("account_missing", "unknown_user"),
        "The service does not know this project, branch or user.",
        "Edit the destination: correct the fields User and Host as the service's console shows them.",
        codes=("9999",), among=("1045", "1105"),
        words=("missing user name prefix", "missing username prefix", "connection string may not be right",
               "invalid authorization specification", "proxy has no credentials", "no credentials for the role",
               "branch … not found", "branch … does not exist"),
        more="The service's console shows both; a host that is as it says leaves the user.",
        reading="TiDB Cloud: Select Your Cluster Tier, User name prefix",
    ),
)  # fmt: skip
