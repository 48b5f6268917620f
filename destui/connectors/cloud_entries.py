"""What the services that run databases for others say before or instead of the database: of tokens, projects, plans."""

from __future__ import annotations

from destui.connectors.catalogue import Entry

CLOUD: tuple[Entry, ...] = (
    Entry(
        "CLOUD-FIREWALL", ("network_policy_blocked",),
        "The service's list of allowed addresses does not let {client} in.",
        "Allow the address {client} in the service's firewall or network settings.",
        among=("28000", "XX000", "1105", "9000", "9007", "08P01", "1130"),
        words=(
            "is not allowed to access the server", "client with ip address '{client}' is not allowed",
            "client with ip address {client} is not allowed", "this ip address {client} is not allowed",
            "ip address {client} is not allowed", "from a blocked network", "address not in tenant allow_list",
            "is not in the allow list", "not in the allowlist", "not in the allow_list", "ip is not allowed",
            "ip address is not allowed", "ip not allowed", "vpc endpoint id … not allowed",
            "vpc endpoint id is not specified", "not in the list of allowed", "public network access … disabled",
            "deny public network access", "blocked by network policy", "blocked by the firewall", "ip whitelist",
            "not whitelisted", "is not authorized to access this", "connections from this ip",
        ),
        more="The address that counts is the one that the internet sees of this host, behind its router.",
        reading="Azure: Networking overview for Azure Database for PostgreSQL - Flexible Server with public access",
    ),
    Entry(
        "CLOUD-API", ("api_disabled",),
        "The interface of the cloud that the proxy needs is switched off in this project.",
        "Have the project's owner switch it on; for Cloud SQL this does it:\ngcloud services enable "
        "sqladmin.googleapis.com",
        words=(
            "api has not been used in project", "accessnotconfigured", "service_disabled",
            "sql admin api is not enabled",
        ),
        reading="Cloud SQL: About the Cloud SQL Auth Proxy",
    ),
    Entry(
        "CLOUD-NO-CREDENTIALS", ("credentials_missing",),
        "No sign-in of the cloud was found on the host that connects.",
        "Give the worker's user a sign-in of the cloud there: a service account's key, or the host's own role.",
        words=(
            "could not find default credentials", "unable to locate credentials", "default credentials were not found",
            "defaultcredentialserror", "no credential providers", "application default credentials are not",
            "failed to retrieve credentials", "nocredentialproviders",
        ),
    ),
    Entry(
        "CLOUD-NOT-ALLOWED", ("no_connect_right",),
        "The cloud's sign-in may not use this database.",
        "Have the project's owner grant it the right to connect; for Cloud SQL that is the role Cloud SQL Client.",
        words=(
            "client is not authorized to make this request", "cloudsql.instances.connect", "cloudsql.instances.get",
            "not authorized to perform: rds-db:connect", "alloydb.instances.connect",
        ),
    ),
    Entry(
        "CLOUD-INSTANCE", ("account_missing",),
        "The service knows no instance of this name.",
        "Edit the destination: correct the fields Host and User as the service's console shows them.",
        words=(
            "instance does not exist", "instance … does not exist", "server name you tried cannot be found",
            "unrecognized server name", "invalid instance connection name", "cluster … does not exist",
            "endpoint cannot be found", "endpoint … could not be found", "endpoint not found", "project not found",
            "branch not found", "unknown cluster", "invalid cluster name", "invalid cluster identifier",
            "missing cluster identifier", "unknown branch", "unknown organization", "pool configuration not found",
        ),
    ),
    Entry(
        "CLOUD-TOKEN-EXPIRED", ("token_expired",),
        "The token used as the password has expired.",
        "Edit the destination: type a fresh token into the field Password.",
        among=("1045", "28P01", "28000", "9100", "9104", "9106"),
        words=(
            "token has expired", "jwt is expired", "jwt expired", "token is expired", "token expired", "expired token",
            "expired access token", "expired security token", "expiredtoken",
            "token included in the request is expired", "ticket expired", "invalid_grant", "session expired",
        ),
        more="Such tokens live between 15 minutes and an hour: a destination needs a password that stays.",
    ),
    Entry(
        "CLOUD-TOKEN", ("wrong_password", "token_expired"),
        "The token used as the password is not valid: it has expired, or was made for something else.",
        "Edit the destination: type a fresh token, made for this very service, into the field Password.",
        among=("1045", "28P01", "28000"), codes=("9100", "9104", "9106"),
        words=(
            "token is invalid", "token is not valid", "invalid token", "invalid access token", "invalid security token",
            "invalid auth token", "invalid authentication token", "access token does not have", "valid audience claim",
            "check your motherduck token", "jwt is not in the form", "not a valid jwt", "could not parse jwt",
            "token validation failed", "failed to validate token", "token could not be validated", "invalid jwt",
            "request is not authenticated", "token in password field", "token was not accepted", "audience is invalid",
        ),
        more="A token carries the time of its end and the service it is for (exp and aud of a JWT): a decoder that "
        "runs on your own machine shows both.",
    ),
    Entry(
        "CLOUD-IAM", ("token_expired", "unknown_user", "role_missing"),
        "The cloud's own sign-in refused user {user}: its token has expired, or the user is not set up for it.",
        "Type a fresh token into the field Password; then have the database's administrator look whether {user} is "
        "there and has the role for it (rds_iam, cloudsqliamuser).",
        among=("1045", "28P01", "28000"),
        words=(
            "iam user authentication failed", "iam authentication failed", "iam principal", "check the iam token",
            "iam authentication for", "azure ad access token not valid", "entra id authentication failed",
            "azure ad authentication failed",
        ),
        more="A token that is a minute old leaves only the user and its role.",
        reading="Amazon RDS: IAM database authentication for MariaDB, MySQL, and PostgreSQL",
    ),
    Entry(
        "CLOUD-BILLING", ("billing_disabled",),
        "The service has stopped this project because of its account: nothing is paid, or it was suspended.",
        "Have the account's owner look at the billing in the service's console.",
        words=(
            "billing has been disabled", "billing is disabled", "billing account", "account is suspended",
            "account has been suspended", "suspended due to", "unpaid invoice", "payment required", "overdue",
            "subscription is disabled", "subscription has expired",
        ),
    ),
    Entry(
        "CLOUD-QUOTA", ("quota_exceeded",),
        "The service's plan allows no more of this: time, transfer, space or rate.",
        "Wait until the quota begins anew, or have the account's owner raise the plan.",
        among=("53100", "53400", "53200", "XX000", "1105", "54000"),
        words=(
            "project size limit", "cluster size limit", "exceeded the compute", "exceeded the data transfer",
            "exceeded the storage", "quota exceeded", "exceeded the … quota", "quota has been exceeded",
            "usage quota being exhausted", "exceeded your quota", "quota is exceeded", "exceeded quota", "out of quota",
            "check your quotas", "limit of concurrently active endpoints", "rate limit", "too many requests",
            "resource exhausted", "resourceexhausted", "resource_exhausted", "throttl…", "request unit",
            "exceeded the allowed memory limit", "memory quota", "quota",
        ),
    ),
)  # fmt: skip
