-- Telemetry as received, with the columns that lists and searches need.
-- Times are ns since the Unix epoch, capped at the largest signed integer.

-- Services in the order they were first seen, which decides their colour.
CREATE TABLE service (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

-- A process sends the same resource and scope in every request: stored once.
CREATE TABLE resource (
    id INTEGER PRIMARY KEY,
    service INTEGER NOT NULL REFERENCES service (id),
    bytes BLOB NOT NULL UNIQUE
);
CREATE TABLE scope (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL UNIQUE);

CREATE TABLE trace (
    trace_id BLOB PRIMARY KEY,
    -- Increases with each record of the trace: the lowest is evicted first.
    touched INTEGER NOT NULL,
    bytes INTEGER NOT NULL DEFAULT 0,
    -- The earliest and the latest plausible time of its spans or, while there is none, the
    -- time at which the first span was received; of its log records while it has no span.
    start INTEGER NOT NULL DEFAULT 0,
    end INTEGER NOT NULL DEFAULT 0,
    spans INTEGER NOT NULL DEFAULT 0,
    -- Spans with a plausible time, and spans with one that is not.
    dated INTEGER NOT NULL DEFAULT 0,
    odd INTEGER NOT NULL DEFAULT 0,
    -- Failed spans.
    errors INTEGER NOT NULL DEFAULT 0,
    logs INTEGER NOT NULL DEFAULT 0,
    exceptions INTEGER NOT NULL DEFAULT 0,
    -- The earliest span without a parent or, until one arrives, the earliest span.
    root INTEGER,
    root_has_parent INTEGER NOT NULL DEFAULT 1,
    root_start INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX trace_by_start ON trace (start, trace_id);
CREATE INDEX trace_by_touched ON trace (touched);

CREATE TABLE trace_service (
    trace_id BLOB NOT NULL,
    service INTEGER NOT NULL,
    spans INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    PRIMARY KEY (trace_id, service)
) WITHOUT ROWID;

CREATE TABLE span (
    id INTEGER PRIMARY KEY,
    trace_id BLOB NOT NULL,
    -- Not unique: two programs may have given one id.
    span_id BLOB NOT NULL,
    -- The digest distinguishes a span that is sent again from another one with its id.
    digest INTEGER NOT NULL,
    name TEXT NOT NULL,
    -- Whether its status is Error or an exception was thrown in it and not handled.
    failed INTEGER NOT NULL,
    -- Which times are not plausible: 1 the start, 2 the end.
    odd INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    bytes BLOB NOT NULL
);
CREATE INDEX span_by_identity ON span (trace_id, span_id, digest);
CREATE INDEX span_by_resource ON span (resource);

CREATE TABLE link (
    trace_id BLOB NOT NULL,
    span_id BLOB NOT NULL,
    linked_trace_id BLOB NOT NULL,
    linked_span_id BLOB NOT NULL,
    PRIMARY KEY (trace_id, span_id, linked_trace_id, linked_span_id)
) WITHOUT ROWID;
CREATE INDEX link_by_linked_trace ON link (linked_trace_id);

CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    trace_id BLOB,
    time INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    event_name TEXT NOT NULL,
    digest INTEGER NOT NULL,
    -- The number of equal records before it in its request: a record that a program wrote
    -- twice is two, a request that was sent twice is one.
    copy INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    bytes BLOB NOT NULL
);
CREATE INDEX log_by_digest ON log (digest, copy);
CREATE INDEX log_by_event ON log (event_name, time) WHERE event_name <> '';
CREATE INDEX log_by_trace ON log (trace_id);
CREATE INDEX log_by_time ON log (time);
CREATE INDEX log_by_resource ON log (resource);

-- Exceptions of log records and, from older SDKs, of span events.
CREATE TABLE exception (
    id INTEGER PRIMARY KEY,
    log INTEGER,
    span INTEGER,
    trace_id BLOB,
    span_id BLOB,
    service INTEGER NOT NULL,
    time INTEGER NOT NULL,
    -- The number of its group: equal for one fault over builds, releases and messages.
    fingerprint INTEGER NOT NULL,
    type TEXT NOT NULL,
    message TEXT NOT NULL,
    thrown_at TEXT NOT NULL,
    handled INTEGER NOT NULL,
    count INTEGER NOT NULL
);
CREATE INDEX exception_by_trace ON exception (trace_id);
CREATE INDEX exception_by_group ON exception (fingerprint, time);
CREATE INDEX exception_by_log ON exception (log);

CREATE TABLE web_vital (
    log INTEGER PRIMARY KEY,
    trace_id BLOB,
    service INTEGER NOT NULL,
    time INTEGER NOT NULL,
    page TEXT NOT NULL,
    name TEXT NOT NULL,
    value REAL NOT NULL
);
CREATE INDEX web_vital_by_trace ON web_vital (trace_id);

-- Exemplars of metrics that belong to a span.
CREATE TABLE exemplar (
    id INTEGER PRIMARY KEY,
    trace_id BLOB NOT NULL,
    span_id BLOB NOT NULL,
    service INTEGER NOT NULL,
    time INTEGER NOT NULL,
    metric TEXT NOT NULL,
    -- The attributes of the data point, as JSON.
    attributes TEXT NOT NULL,
    value REAL NOT NULL,
    -- The next export may have it again.
    UNIQUE (trace_id, span_id, metric, attributes, time, value)
);

-- The values of `throughline.edge.records`: sums of what came as deltas, and the latest value of
-- each edge that counts since its start, `service.instance.id`, which is empty for deltas.
CREATE TABLE edge_outcome (
    service INTEGER NOT NULL,
    instance TEXT NOT NULL,
    signal TEXT NOT NULL,
    backend TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (service, instance, signal, backend, outcome, reason)
) WITHOUT ROWID;

-- Counters of evicted records.
CREATE TABLE tally (name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
