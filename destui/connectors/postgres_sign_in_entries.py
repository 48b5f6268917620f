"""What PostgreSQL, and poolers and clouds that speak its protocol, say of signing in."""

from __future__ import annotations

from destui.connectors.catalogue import Entry
from destui.connectors.postgres_statement_entries import GRANT

ROLE_ADMIN = "as a superuser, or as the role with CREATEROLE that made {user}"
_RULE = 'host "{client}", user "{user}", database "{database}"'
_NO_RULE = "no pg_hba.conf entry for …"
_BEGINS = "The line begins with hostssl where the connection uses TLS, otherwise with host."
_BY_METHOD = ("28000:auth_failed", "28000")

SIGN_IN: tuple[Entry, ...] = (
    Entry(
        "PG-28P01", ("wrong_password", "unknown_user", "password_expired"),
        "The server refused user {user} with this password: the password is wrong, there is no such role, or its "
        "password has expired.",
        "Type the field Password again, and correct User if the role has another name; run this "
        f"{ROLE_ADMIN}, to see which it is and to lift an end:\n"
        "SELECT rolname, rolvaliduntil, now() > rolvaliduntil AS is_expired FROM pg_roles WHERE rolname = {user:str};\n"
        "ALTER ROLE {user:id} VALID UNTIL 'infinity';",
        codes=("28P01",),
        words=('password authentication failed for user "{user}"', "password authentication failed for user '{user}'",
               "password authentication failed for user", "password authentication failed for role",
               "provided database credentials for", "does not exist or the password", "invalid username or password",
               "incorrect username or password", "username or password is incorrect", "invalid credentials"),
        more="The server tells nothing to strangers; its log says which. Run the first line of the fix: no row, and "
        "there is no such role; is_expired t, and the second line lets it in again; otherwise the password is wrong, "
        "and \\password with the role's name sets a new one in psql.",
        reading="PostgreSQL: Password Authentication",
    ),
    Entry(
        "PG-WRONG-PASSWORD", ("wrong_password",),
        "The proxy refused user {user} with this password.",
        "Type the field Password again.",
        words=("the password that was provided for the role", "password for user … is wrong"),
        reading="Amazon RDS: Troubleshooting for RDS Proxy",
    ),
    Entry(
        "PG-OAUTH", ("token_expired", "wrong_password"),
        "The server refused the token (OAuth) of user {user}.",
        "Edit the destination: type a password into the field Password; destui signs in by no tokens of OAuth.",
        among=("28000:auth_failed", "28000"), words=("oauth bearer authentication failed", "oauthbearer"),
        more="The server's log has its validator's reason.",
        reading="PostgreSQL: OAuth Authorization/Authentication",
    ),
    Entry(
        "PG-POOLER-PASSWORD", ("wrong_password", "unknown_user"),
        "The pooler refused user {user} with this password: the password is wrong, or it does not know the user.",
        "Type the field Password again, correct User, or have the pooler's administrator look into its list of users.",
        among=("28P01", "08P01", "28000", "XX000"),
        words=(
            "^password authentication failed$", "^sasl authentication failed$", "^auth failed$",
            "^authentication failed$", "^invalid password$", "^wrong password$", "ewrongpassword",
            "scram exchange failed",
            "authentication query failed", "user not found in the database", "^password authentication failed\n",
            "^sasl authentication failed\n",
        ),
        more="A pooler has a list of its own (auth_file, auth_query): a user who gets in past it, directly at the "
        "server, is missing there or has an old password there.",
        reading="PgBouncer: pgbouncer.ini, Authentication file format",
    ),
    Entry(
        "PG-NOLOGIN", ("account_locked",),
        "The role {user} may not log in.",
        f"Run this {ROLE_ADMIN}:\nALTER ROLE {{user:id}} LOGIN;",
        codes=("28000:nologin",), among=("28000:InitializeSessionUserId", "28000"),
        words=(
            'role "{user}" is not permitted to log in', "is not permitted to log in", "does not have login privilege",
            "account is locked", "account is disabled", "account locked", "account disabled", "user account is locked",
            "cannot log in", "user is locked", "user is disabled",
        ),
        more="A role without LOGIN is a group: perhaps another role, a member of it, is meant for signing in.",
        reading="PostgreSQL: ALTER ROLE",
    ),
    Entry(
        "PG-TOO-MANY-FAILURES", ("wrong_password", "account_locked"),
        "The service takes no more sign-ins for now: too many were refused.",
        "Type the field Password again, and wait some minutes before the next check.",
        among=("28000", "XX000", "08P01"),
        words=("circuit breaker open", "too many authentication failures", "too many failed", "ecircuitbreaker",
               "temporarily blocked", "tenant is banned", "too many login attempts"),
        more="Another program that still uses an old password keeps the door shut for all: the service's log names it.",
        reading="Supabase: Supavisor error: 'Circuit breaker open' after password rotation",
    ),
    Entry(
        "PG-NO-ROLE", ("unknown_user",),
        "There is no role {user} on this server.",
        "Edit the destination: correct the field User; or make the role, as a superuser in database {database}:\n"
        f"CREATE ROLE {{user:id}} LOGIN;\n{GRANT}",
        among=("28000:InitializeSessionUserId", "28000", "42704", "08P01"), steps=("sign in",),
        words=('role "{user}" does not exist', "no such user: {user}", "no such user", 'user "{user}" does not exist',
               "no such role", "proxy has no credentials for the role", "user does not exist", "unknown user"),
        reading="PostgreSQL: Database Roles",
    ),
    Entry(
        "PG-ROLE", ("account_locked", "unknown_user"),
        "The role {user} may not log in, or there is no such role.",
        f"Correct the field User if the role has another name; run this {ROLE_ADMIN}:\nALTER ROLE {{user:id}} LOGIN;",
        codes=("28000:InitializeSessionUserId",),
        more="The server's words are in a language that destui does not read. The line of the fix tells: where it "
        "fails, there is no such role.",
        reading="PostgreSQL: ALTER ROLE",
    ),
    Entry(
        "PG-HBA-LOCAL", ("user_not_allowed_from_host",),
        "No rule of the server lets user {user} into database {database} over its Unix socket.",
        "Have the server's administrator add this line to pg_hba.conf and reload the server:\n"
        "local {database:hba} {user:hba} scram-sha-256",
        codes=(
            "28000:local",
        ),
        among=("28000",), words=('no pg_hba.conf entry for host "[local]"', 'rejects connection for host "[local]"'),
        reading="PostgreSQL: The pg_hba.conf File",
    ),
    Entry(
        "PG-TLS-OR-HBA", ("tls_required", "user_not_allowed_from_host"),
        "The server takes no unencrypted connection of user {user} from {client}: it wants TLS, or has no such rule.",
        "Edit this field; if it stays, the server's administrator has to add a line to pg_hba.conf:\ntls=require",
        among=("28000",),
        words=(
            f"{_NO_RULE}{_RULE}, no encryption", f"{_NO_RULE}{_RULE}, ssl off",
            _NO_RULE + 'host "{client}", user "{user}", no encryption', f"{_NO_RULE}no encryption",
            f"{_NO_RULE}ssl off",
        ),
        more="A check with tls=require tells: where it says the same but for 'no encryption', the rule is missing.",
        reading="PostgreSQL: The pg_hba.conf File",
    ),
    Entry(
        "PG-HBA-CLOUD", ("user_not_allowed_from_host", "network_policy_blocked"),
        "No rule of the server, or of its cloud's firewall, lets user {user} in from {client}.",
        "Allow this address in the service's firewall; on a server of your own, have the administrator add this line "
        "to pg_hba.conf and reload the server:\nhostssl {database:hba} {user:hba} {client:net} scram-sha-256",
        among=("28000",), words=(f"{_NO_RULE}{_RULE}, ssl on", f"{_NO_RULE}{_RULE}, ssl$", f"{_NO_RULE}ssl on"),
        more="A service without a pg_hba.conf of your own (Azure) has only its firewall.",
        reading="Azure: Networking overview for Azure Database for PostgreSQL - Flexible Server with public access",
    ),
    Entry(
        "PG-HBA", ("user_not_allowed_from_host",),
        "No rule of the server lets user {user} into database {database} from {client}.",
        "Have the server's administrator add this line to pg_hba.conf and reload the server:\n"
        "{rule} {database:hba} {user:hba} {client:net} scram-sha-256",
        among=("28000:rule", "28000"),
        words=(_NO_RULE + _RULE, _NO_RULE + 'host "{client}", user "{user}"', "no pg_hba.conf entry"),
        more=_BEGINS, reading="PostgreSQL: The pg_hba.conf File",
    ),
    Entry(
        "PG-HBA-ANY", ("user_not_allowed_from_host",),
        "No rule of the server lets user {user} into database {database} from {client}, or one keeps it out.",
        "Have the server's administrator put this line into pg_hba.conf, above all others, and reload the server:\n"
        "{rule} {database:hba} {user:hba} {client:net} scram-sha-256",
        codes=("28000:rule",),
        more="The server's words are in a language that destui does not read; its log tells which of the two. "
        + _BEGINS,
        reading="PostgreSQL: The pg_hba.conf File",
    ),
    Entry(
        "PG-HBA-REJECT-CLEAR", ("user_not_allowed_from_host", "tls_required"),
        "A rule of the server keeps user {user} out when coming from {client} without encryption.",
        "Edit this field; if it stays, the server's administrator has to put a line above the one that rejects into "
        "pg_hba.conf:\ntls=require",
        among=("28000",),
        words=(
            f"pg_hba.conf rejects …connection for {_RULE}, no encryption",
            f"pg_hba.conf rejects …connection for {_RULE}, ssl off", "pg_hba.conf rejects …no encryption",
            "pg_hba.conf rejects …ssl off",
        ),
        more="A check with tls=require tells: where it says the same but for 'no encryption', the rule is for all.",
        reading="PostgreSQL: The pg_hba.conf File",
    ),
    Entry(
        "PG-HBA-REJECT", ("user_not_allowed_from_host",),
        "A rule of the server keeps user {user} out when coming from {client}.",
        "Have the server's administrator put this line into pg_hba.conf, above the one that rejects, and reload the "
        "server:\n{rule} {database:hba} {user:hba} {client:net} scram-sha-256",
        among=("28000:rule", "28000", "08P01"),
        words=(f"pg_hba.conf rejects …connection for {_RULE}", 'pg_hba.conf rejects …host "{client}", user "{user}"',
               "pg_hba.conf rejects", "login rejected", "host rejected", "unix socket login rejected"),
        more=_BEGINS, reading="PostgreSQL: The pg_hba.conf File",
    ),
    Entry(
        "PG-TLS-REQUIRED", ("tls_required",),
        "The server takes user {user} only over TLS.",
        "Edit this field, and CA file where the server's authority is not one of the system's (without its file, "
        "tls=require encrypts but does not check whose server it is):\ntls=verify-full",
        codes=("28000:tls",), among=("28000", "08P01", "XX000"),
        words=(
            "ssl connection is required", "ssl connection required", "ssl is required$", "ssl is required.",
            "^ssl required", "ssl/tls required", "ssl connections only", "requires ssl", "requires tls",
            "requires an ssl", "requires a tls", "require ssl", "must use ssl", "must use tls", "tls required",
            "tls is required", "tls connection is required", "connection is insecure", "insecure connection…",
            "only with ssl", "only over ssl", "ssl connection … required for", "please specify ssl options",
            "non-ssl connection…", "unencrypted connection…", "esslrequired", "please use ssl", "enable ssl",
        ),
        reading="PostgreSQL: SSL Support",
    ),
    Entry(
        "PG-CLIENT-CERT", ("tls_client_cert",),
        "The server wants a client certificate for user {user}, and this is none or another's.",
        "Give a certificate for {user}, signed by the authority that the server trusts, in Client cert, and its key.",
        among=(*_BY_METHOD, "28000:ClientAuthentication", "28P01"),
        words=(
            'certificate authentication failed for user "{user}"', "certificate authentication failed",
            "requires a valid client certificate", "valid client certificate", "must use certificate authentication",
            "client certificate is required",
        ),
        reading="PostgreSQL: Certificate Authentication",
    ),
    Entry(
        "PG-PEER", ("auth_method_unsupported",),
        "The server wants user {user} to be signed in by the operating system, not by a password.",
        "Have the server's administrator put this line into pg_hba.conf, above the one that applies, and reload the "
        "server:\nlocal {database:hba} {user:hba} scram-sha-256",
        among=_BY_METHOD, words=('peer authentication failed for user "{user}"', "peer authentication failed"),
        reading="PostgreSQL: Peer Authentication",
    ),
    Entry(
        "PG-IDENT", ("auth_method_unsupported",),
        "The server asks this host who user {user} is (ident), and takes no password.",
        "Have the server's administrator put this line into pg_hba.conf, above the one that applies, and reload the "
        "server:\n{rule} {database:hba} {user:hba} {client:net} scram-sha-256",
        among=_BY_METHOD, words=('ident authentication failed for user "{user}"', "ident authentication failed"),
        more=_BEGINS, reading="PostgreSQL: Ident Authentication",
    ),
    Entry(
        "PG-DIRECTORY", ("wrong_password", "unknown_user", "token_expired", "account_locked"),
        "What the server asks by PAM refused user {user}: an account of its system, a directory, or a cloud's token.",
        "Type the field Password, or a fresh token, again; then ask who runs the directory.",
        among=(*_BY_METHOD, "28P01", "08P01"),
        words=('pam authentication failed for user "{user}"', "pam authentication failed", "pam_authenticate failed"),
        more="The server's log has PAM's own reason. On RDS, PAM stands for IAM: a token lives 15 minutes, and the "
        "role needs rds_iam.",
        reading="PostgreSQL: PAM Authentication",
    ),
    Entry(
        "PG-LDAP", ("wrong_password", "unknown_user", "account_locked", "server_unavailable"),
        "The directory that the server asks (LDAP, RADIUS) refused user {user}, or did not answer it.",
        "Type the field Password again; then ask who runs the directory.",
        among=(*_BY_METHOD, "28P01", "08P01"),
        words=(
            'ldap authentication failed for user "{user}"', 'radius authentication failed for user "{user}"',
            'bsd authentication failed for user "{user}"', "ldap authentication failed", "radius authentication failed",
            "bsd authentication failed",
        ),
        more="The server's log has the directory's own reason; the same name and password at another service of that "
        "directory tells whether it is they.",
        reading="PostgreSQL: LDAP Authentication",
    ),
    Entry(
        "PG-GSS-PROXY", ("config_invalid", "wrong_protocol", "version_incompatible"),
        "What answers knows nothing of Kerberos' encryption, which the driver tries first; mostly a pooler.",
        "Set gssencmode=disable in the program that said this; destui itself does so always.",
        words=("response to gssapi negotiation", "unencrypted data after gssapi", "gssencrequest"),
        more="With gssencmode=disable it goes, where it is a pooler; something that is no PostgreSQL fails then, too.",
        reading="PostgreSQL: Database Connection Control Functions, gssencmode",
    ),
    Entry(
        "PG-NO-TICKET", ("credentials_missing",),
        "The server wants Kerberos, and this host's user has no ticket.",
        "Have the server's administrator allow a password for user {user}; destui signs in by no tickets.",
        words=("no credentials were supplied", "no kerberos credentials", "credentials cache", "no credentials cache",
               "no valid credentials provided", "ticket expired"),
        reading="PostgreSQL: GSSAPI Authentication",
    ),
    Entry(
        "PG-KERBEROS", ("auth_method_unsupported", "credentials_missing"),
        "The server wants Kerberos, and this host has no ticket for it.",
        "Have the server's administrator allow a password for user {user}.",
        among=_BY_METHOD, words=("gssapi…", "gss …", "sspi…", "kerberos…", "krb5…"),
        more="`klist` on this host shows its tickets; with one, it is the server or its rules that refuse.",
        reading="PostgreSQL: GSSAPI Authentication",
    ),
    Entry(
        "PG-NO-PASSWORD", ("credentials_missing",),
        "The server wants a password of user {user}, and none is set.",
        "Edit the destination: fill in the field Password.",
        codes=("28P02",), among=("28P01", "28000", "08P01", "08004"),
        words=(
            "password is an empty string", "no oauth bearer token", "no password supplied", "no password was provided",
            "empty password returned", "client password must be a string", "password must be a string",
            "password is missing", "password missing", "password not supplied", "required password",
            "password is required", "password was not provided", "must provide a password", "must specify a password",
            "no username supplied", "user name is missing", "no postgresql user name specified", "missing username",
            "password must not be empty", "empty password",
        ),
        reading="PostgreSQL: Password Authentication",
    ),
    Entry(
        "PG-PASSWORD-EXPIRED", ("password_expired",),
        "The password of user {user} has expired.",
        f"Set a new password, or run this {ROLE_ADMIN}:\nALTER ROLE {{user:id}} VALID UNTIL 'infinity';",
        among=("28P01", "28000"),
        words=("password has expired", "password is expired", "password expired", "password must be changed",
               "password must be renewed", "has an expired password"),
        reading="PostgreSQL: ALTER ROLE",
    ),
    Entry(
        "PG-CHANNEL-BINDING", ("auth_method_unsupported",),
        "The server, or a pooler between, cannot sign in in the way that the driver was told to insist on.",
        "Leave out channel_binding=require or require_auth in the program that said this; destui itself sets neither.",
        words=(
            "channel binding", "authentication method requirement", "require_auth", "wrong password type",
            "no authentication method is found", "md5 authentication … not supported",
            "invalid sasl authentication mechanism", "only iam, md5, or scram", "does not have a valid scram secret",
        ),
        reading="PostgreSQL: Database Connection Control Functions, channel_binding",
    ),
    Entry(
        "PG-METHOD", ("auth_method_unsupported", "version_incompatible"),
        "The server wants a way of signing in that the driver does not have.",
        "Have the server's administrator allow scram-sha-256 for user {user} in pg_hba.conf.",
        words=(
            "authentication method {method} not supported", "authentication method … not supported",
            "authentication type … is not supported", "unknown authentication type",
            "unsupported authentication method", "unsupported auth…", "unknown authentication method",
            "unexpected authentication method", "sasl authentication mechanisms are supported",
            "requires libpq version", "scram authentication requires", "authentication method … supported",
            "authentication … is not supported", "none of the server's sasl",
        ),
        more="A newer driver tells: where it gets in, the old one's version was the cause.",
        reading="PostgreSQL: Authentication Methods",
    ),
    Entry(
        "PG-NO-TENANT", ("account_missing", "unknown_user"),
        "The service does not know this project or user.",
        "Edit the destination: correct the fields User and Host; poolers want the project's name in one of them.",
        among=("XX000", "28000", "08P01"),
        words=(
            "invalid username specified", "tenant or user not found", "tenant/user {user} not found",
            "no tenant identifier provided", "multiple users matched", "tenant not found",
            "worker processes (manager/pool) not found", "no such project",
        ),
        more="The service's console shows host and user whole; where both are as it says, the project is in another "
        "region.",
        reading="Supabase: Connection errors when connecting to a Supabase database",
    ),
    Entry(
        "PG-NEON-ENDPOINT", ("version_incompatible", "config_invalid"),
        "The driver does not tell the service which server it wants: it is too old for that (SNI), or was switched "
        "off.",
        "Use a newer driver, or give the endpoint in the program that said this; destui itself tells it.",
        among=("28000", "08P01", "XX000"),
        words=("^endpoint id is not specified", "the endpoint id is not specified", "sni is required"),
        more="A newer client of PostgreSQL (14 or later) tells: where it gets in, the version was the cause.",
        reading="Neon: Connection errors",
    ),
    Entry(
        "PG-NEON-PROJECT", ("config_invalid", "account_missing"),
        "Host and options name different projects of the service.",
        "Edit the destination: take the field Host whole from the service's console.",
        among=("28000", "08P01", "XX000"),
        words=("inconsistent project name", "must contain only alphanumeric characters and hyphen"),
        more="The project in the host's name is what counts in destui.",
        reading="Neon: Connection errors",
    ),
)  # fmt: skip
