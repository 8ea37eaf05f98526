//! Parameters of libpq and of other drivers that Signet does not support, and the advice for each.

const SCHEMA: &str = "leaving it out is not safe, because tables would be made in another schema: \
     write options=-c%20search_path%3DNAME";
const TIMEOUTS: &str = "leaving it out is safe: database.timeout bounds every operation";
const POOL: &str = "leaving it out is safe: set database.connections and database.timeout instead";
const TLS_SWITCH: &str = "leaving it out is not safe, because TLS would not be required: write \
     sslmode=verify-full, or sslmode=require to encrypt without a check of the certificate";
const KERBEROS: &str = "leaving it out is safe where the server takes a password or a certificate: \
     Signet has no Kerberos";
const TLS_VERSIONS: &str =
    "leaving it out is safe: Signet speaks TLS 1.2 and 1.3, and the server may allow fewer";
const REVOCATION: &str = "leaving it out is not safe, because Signet does not read lists of revoked \
     certificates: remove their authority from sslrootcert first";
const PEER: &str = "leaving it out is not safe, because Signet does not check this: write \
     sslmode=verify-full, which checks the server by its certificate";
const SERVICE: &str = "leaving it out is not safe, because Signet does not read service files: \
     write the host, the database and the user of that service into the URL";
const SCRAM_KEYS: &str =
    "leaving it out is safe once the URL, or database.url_file, has the password";
const HOST_CHOICE: &str =
    "leaving it out is safe: target_session_attrs chooses among several hosts";
const DRIVER: &str = "leaving it out is safe: it adjusts another driver";
pub(super) const SQLITE_PRAGMA: &str = "leaving it out is safe: Signet sets the journal, the foreign keys and, \
     by database.timeout, the time that it waits for a lock";

/// Unsupported parameters of libpq and of other drivers, with the advice that the error gives.
pub(super) const FOREIGN: &[(&[&str], &str)] = &[
    (
        &[
            "schema",
            "search_path",
            "currentschema",
            "current_schema",
            "searchpath",
        ],
        SCHEMA,
    ),
    (
        &["channel_binding"],
        "Signet has no channel binding. Leaving it out is safe with sslmode=verify-full, which \
         checks the server by its certificate",
    ),
    (&["targetservertype", "load_balance_hosts"], HOST_CHOICE),
    (
        &[
            "connect_timeout",
            "tcp_user_timeout",
            "statement_timeout",
            "socket_timeout",
        ],
        TIMEOUTS,
    ),
    (
        &[
            "keepalives",
            "keepalives_idle",
            "keepalives_interval",
            "keepalives_count",
        ],
        TIMEOUTS,
    ),
    (
        &[
            "connection_limit",
            "pool_timeout",
            "pool_size",
            "max_connections",
            "pool_max_conns",
        ],
        POOL,
    ),
    (
        &["ssl", "tls", "sslaccept", "requiressl", "sslfactory"],
        TLS_SWITCH,
    ),
    (
        &["gssencmode", "gsslib", "gssdelegation", "krbsrvname"],
        KERBEROS,
    ),
    (
        &[
            "ssl_min_protocol_version",
            "ssl_max_protocol_version",
            "sslcompression",
            "sslsni",
        ],
        TLS_VERSIONS,
    ),
    (
        &[
            "sslnegotiation",
            "sslcertmode",
            "min_protocol_version",
            "max_protocol_version",
        ],
        "leaving it out is safe: a server that needs it refuses the connection",
    ),
    (&["sslcrl", "sslcrldir"], REVOCATION),
    (&["requirepeer", "require_auth"], PEER),
    (
        &["sslpassword"],
        "leaving it out is safe once the file of sslkey is not encrypted",
    ),
    (
        &["passfile"],
        "leaving it out is safe once database.url_file, or the variable PGPASSFILE, names a file",
    ),
    (&["service", "servicefile"], SERVICE),
    (
        &[
            "scram_client_key",
            "scram_server_key",
            "oauth_issuer",
            "oauth_client_id",
        ],
        SCRAM_KEYS,
    ),
    (
        &["client_encoding", "charset", "timezone"],
        "leaving it out is safe: Signet uses UTF-8 and UTC",
    ),
    (
        &["fallback_application_name"],
        "leaving it out is safe: write application_name",
    ),
    (
        &["replication"],
        "leaving it out is safe: Signet does not replicate",
    ),
    (
        &[
            "statement-cache-capacity",
            "statement_cache_size",
            "preparethreshold",
        ],
        "leaving it out is safe: set database.statement_cache instead",
    ),
    (
        &[
            "pgbouncer",
            "uselibpqcompat",
            "rewritebatchedinserts",
            "supa",
            "pool_mode",
            "driver",
        ],
        DRIVER,
    ),
    (
        &["database", "db"],
        "leaving it out is not safe: write the name after the host, as in /signet",
    ),
];

/// Parameters of SQLite that only other drivers support.
pub(super) const SQLITE_FOREIGN: &[&str] = &[
    "timeout",
    "busy_timeout",
    "journal_mode",
    "journal",
    "synchronous",
    "sync",
    "foreign_keys",
    "fk",
    "pragma",
    "locking_mode",
    "txlock",
    "loc",
    "connection_limit",
    "socket_timeout",
    "check_same_thread",
];
