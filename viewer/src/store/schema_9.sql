-- The tables that version 9 of the schema adds: metrics, their series and data points.

-- What the series of a metric have in common.
CREATE TABLE metric (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    -- The number of the field of `Metric` that has its data: gauge, sum and so on.
    kind INTEGER NOT NULL,
    -- The fields of the metric without its data, and those of its data without the points.
    header BLOB NOT NULL,
    shape BLOB NOT NULL,
    UNIQUE (name, kind, header, shape)
);

CREATE TABLE metric_series (
    id INTEGER PRIMARY KEY,
    metric INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    -- The fields of the attributes of its points, sorted.
    attributes BLOB NOT NULL,
    -- The newest point: the series with the lowest is evicted first.
    touched INTEGER NOT NULL,
    -- Whether points of it were evicted, so that the first one is not its beginning.
    cut INTEGER NOT NULL DEFAULT 0,
    UNIQUE (metric, resource, scope, attributes)
);
CREATE INDEX metric_series_by_resource ON metric_series (resource);
CREATE INDEX metric_series_by_scope ON metric_series (scope);

CREATE TABLE metric_point (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    -- That of the point where it is plausible, else the time at which it was received.
    time INTEGER NOT NULL,
    -- The fields of the point without its attributes.
    bytes BLOB NOT NULL
);
CREATE INDEX metric_point_by_series ON metric_point (series, time);

-- The points are counted by themselves now.
DELETE FROM tally WHERE name = 'metric_points';
