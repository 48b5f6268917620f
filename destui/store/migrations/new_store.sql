CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE changes (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	entity TEXT NOT NULL,
	row_id TEXT NOT NULL,
	removed BOOLEAN NOT NULL,
	at BIGINT NOT NULL
);
CREATE TABLE destinations (
	id VARCHAR(32) NOT NULL,
	name TEXT NOT NULL,
	name_key TEXT NOT NULL,
	type TEXT NOT NULL,
	fields TEXT NOT NULL,
	tags TEXT DEFAULT '[]' NOT NULL,
	status TEXT NOT NULL,
	connected_by TEXT NOT NULL,
	host TEXT DEFAULT '' NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	config INTEGER DEFAULT '1' NOT NULL,
	secret_id VARCHAR(32),
	previous_secret_id VARCHAR(32),
	previous_fields TEXT,
	check_id VARCHAR(32),
	diagnosed_by VARCHAR(32),
	failing_since BIGINT,
	next_check_at BIGINT,
	deleted_at BIGINT,
	deleted_by TEXT,
	PRIMARY KEY (id)
);
CREATE INDEX ix_destinations_by_name ON destinations (name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX ix_destinations_by_status ON destinations (status, id) WHERE deleted_at IS NULL;
CREATE INDEX ix_destinations_by_updated ON destinations (updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX ix_destinations_by_who ON destinations (connected_by, id) WHERE deleted_at IS NULL;
CREATE INDEX ix_destinations_deleted ON destinations (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE UNIQUE INDEX ix_destinations_name ON destinations (name) WHERE deleted_at IS NULL;
CREATE INDEX ix_destinations_next_check ON destinations (next_check_at) WHERE deleted_at IS NULL;
CREATE TABLE events (
	id INTEGER NOT NULL,
	at BIGINT NOT NULL,
	who TEXT NOT NULL,
	host TEXT NOT NULL,
	verb TEXT NOT NULL,
	destination_id VARCHAR(32),
	name TEXT DEFAULT '' NOT NULL,
	detail TEXT DEFAULT '' NOT NULL,
	version INTEGER,
	PRIMARY KEY (id)
);
CREATE INDEX ix_events_destination ON events (destination_id, id);
CREATE TABLE jobs (
	id VARCHAR(32) NOT NULL,
	kind TEXT NOT NULL,
	"key" TEXT NOT NULL,
	state TEXT NOT NULL,
	priority INTEGER DEFAULT '0' NOT NULL,
	cancel BOOLEAN DEFAULT false NOT NULL,
	worker VARCHAR(64),
	attempt INTEGER DEFAULT '0' NOT NULL,
	destination_id VARCHAR(32),
	check_id VARCHAR(32),
	type TEXT DEFAULT '' NOT NULL,
	server TEXT DEFAULT '' NOT NULL,
	pinned TEXT DEFAULT '' NOT NULL,
	created_at BIGINT NOT NULL,
	finished_at BIGINT, run_id VARCHAR(32),
	PRIMARY KEY (id)
);
CREATE INDEX ix_jobs_check ON jobs (check_id);
CREATE INDEX ix_jobs_destination ON jobs (destination_id);
CREATE INDEX ix_jobs_open ON jobs (state, priority, created_at) WHERE state IN ('queued', 'claimed');
CREATE UNIQUE INDEX ix_jobs_open_key ON jobs ("key") WHERE state IN ('queued', 'claimed');
CREATE TABLE secrets (
	id VARCHAR(32) NOT NULL,
	destination_id VARCHAR(32),
	state TEXT NOT NULL,
	names TEXT NOT NULL,
	ciphertext BLOB,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (id)
);
CREATE INDEX ix_secrets_destination ON secrets (destination_id);
CREATE INDEX ix_secrets_state ON secrets (state, created_at);
CREATE TABLE settings (
	"key" VARCHAR(64) NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY ("key")
);
CREATE TABLE workers (
	id VARCHAR(64) NOT NULL,
	host TEXT NOT NULL,
	pid INTEGER NOT NULL,
	birth TEXT NOT NULL,
	version TEXT NOT NULL,
	started_at BIGINT NOT NULL,
	beat_at BIGINT NOT NULL,
	lease_until BIGINT NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE checks (
	id VARCHAR(32) NOT NULL,
	destination_id VARCHAR(32),
	reason TEXT NOT NULL,
	state TEXT NOT NULL,
	"by" TEXT NOT NULL,
	type TEXT NOT NULL,
	fields TEXT,
	secret_id VARCHAR(32),
	config INTEGER DEFAULT '0' NOT NULL,
	attempt INTEGER DEFAULT '0' NOT NULL,
	step TEXT DEFAULT '' NOT NULL,
	number INTEGER DEFAULT '0' NOT NULL,
	total INTEGER DEFAULT '0' NOT NULL,
	waits_for TEXT DEFAULT '' NOT NULL,
	failed_step TEXT,
	code TEXT,
	causes TEXT,
	cause TEXT,
	fix TEXT,
	message TEXT,
	detail TEXT DEFAULT '{}' NOT NULL,
	created_at BIGINT NOT NULL,
	started_at BIGINT,
	finished_at BIGINT,
	PRIMARY KEY (id),
	FOREIGN KEY(destination_id) REFERENCES destinations (id) ON DELETE CASCADE
);
CREATE INDEX ix_checks_created ON checks (created_at);
CREATE INDEX ix_checks_destination ON checks (destination_id, created_at);
CREATE TABLE check_steps (
	check_id VARCHAR(32) NOT NULL,
	position INTEGER NOT NULL,
	name TEXT NOT NULL,
	state TEXT NOT NULL,
	ms INTEGER,
	message TEXT DEFAULT '' NOT NULL,
	started_at BIGINT,
	deadline INTEGER,
	PRIMARY KEY (check_id, position),
	FOREIGN KEY(check_id) REFERENCES checks (id) ON DELETE CASCADE
);
CREATE VIEW destination_rows AS
SELECT d.id, d.name, d.type, d.status, d.connected_by, d.updated_at, d.tags, d.version,
       c.step, c.number, c.total, d.name_key, d.fields, d.check_id, d.diagnosed_by, d.failing_since, d.created_at,
       d.host, d.secret_id, d.previous_fields
FROM destinations d
LEFT JOIN checks c ON c.id = d.check_id AND c.state IN ('queued', 'running')
WHERE d.deleted_at IS NULL;
CREATE INDEX ix_jobs_run ON jobs (run_id);
CREATE TABLE load_orders (
	id VARCHAR(32) NOT NULL,
	name TEXT NOT NULL,
	name_key TEXT NOT NULL,
	destination_id VARCHAR(32) NOT NULL,
	source_id VARCHAR(32),
	source TEXT NOT NULL,
	table_name TEXT NOT NULL,
	mode TEXT NOT NULL,
	key_columns TEXT DEFAULT '[]' NOT NULL,
	add_columns BOOLEAN DEFAULT false NOT NULL,
	cron TEXT DEFAULT '' NOT NULL,
	tz TEXT DEFAULT 'UTC' NOT NULL,
	missed TEXT DEFAULT 'run' NOT NULL,
	paused BOOLEAN DEFAULT false NOT NULL,
	next_run_at BIGINT,
	host TEXT DEFAULT '' NOT NULL,
	"by" TEXT NOT NULL,
	run_id VARCHAR(32),
	version INTEGER DEFAULT '1' NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	deleted_at BIGINT,
	PRIMARY KEY (id),
	FOREIGN KEY(destination_id) REFERENCES destinations (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX ix_load_orders_name ON load_orders (name) WHERE deleted_at IS NULL;
CREATE INDEX ix_load_orders_by_name ON load_orders (name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX ix_load_orders_due ON load_orders (next_run_at) WHERE deleted_at IS NULL;
CREATE INDEX ix_load_orders_destination ON load_orders (destination_id);
CREATE INDEX ix_load_orders_source ON load_orders (source_id);
CREATE TABLE load_runs (
	id VARCHAR(32) NOT NULL,
	order_id VARCHAR(32) NOT NULL,
	destination_id VARCHAR(32) NOT NULL,
	state TEXT NOT NULL,
	"by" TEXT NOT NULL,
	due_at BIGINT,
	attempt INTEGER DEFAULT '0' NOT NULL,
	"plan" TEXT,
	secret_id VARCHAR(32),
	source_secret_id VARCHAR(32),
	waits_for TEXT DEFAULT '' NOT NULL,
	phase TEXT DEFAULT '' NOT NULL,
	rows BIGINT DEFAULT '0' NOT NULL,
	bytes BIGINT DEFAULT '0' NOT NULL,
	total_bytes BIGINT,
	rows_per_second FLOAT DEFAULT '0' NOT NULL,
	columns_added TEXT DEFAULT '[]' NOT NULL,
	warnings TEXT DEFAULT '[]' NOT NULL,
	of_source BOOLEAN DEFAULT false NOT NULL,
	failed_step TEXT,
	code TEXT,
	causes TEXT,
	cause TEXT,
	fix TEXT,
	message TEXT,
	driver_code TEXT,
	log TEXT DEFAULT '' NOT NULL,
	created_at BIGINT NOT NULL,
	started_at BIGINT,
	finished_at BIGINT, total_rows BIGINT, disk BIGINT DEFAULT '0' NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(order_id) REFERENCES load_orders (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX ix_load_runs_due ON load_runs (order_id, due_at);
CREATE INDEX ix_load_runs_order ON load_runs (order_id, created_at);
CREATE INDEX ix_load_runs_open ON load_runs (state) WHERE state IN ('queued', 'waiting', 'running');
CREATE TABLE load_previews (
	id VARCHAR(32) NOT NULL,
	destination_id VARCHAR(32) NOT NULL,
	source_id VARCHAR(32),
	"plan" TEXT NOT NULL,
	result TEXT,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(destination_id) REFERENCES destinations (id) ON DELETE CASCADE
);
