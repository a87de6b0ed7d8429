-- People, what they sign in with, what they have begun, how often they tried, and letters to them.

CREATE TABLE ck_user (
    id      BLOB    PRIMARY KEY,
    version INTEGER NOT NULL,
    record  BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ck_identifier (
    name TEXT PRIMARY KEY,
    user BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ck_identifier_user ON ck_identifier (user);

CREATE TABLE ck_request (
    look_up BLOB    PRIMARY KEY,
    user    BLOB,
    expires INTEGER NOT NULL,
    record  BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ck_request_user    ON ck_request (user) WHERE user IS NOT NULL;
CREATE INDEX ck_request_expires ON ck_request (expires);

-- A bucket is the time when it is full again.
CREATE TABLE ck_throttle (
    bucket  BLOB    PRIMARY KEY,
    full_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ck_throttle_full ON ck_throttle (full_at);

CREATE TABLE ck_outbox (
    id         BLOB    PRIMARY KEY,
    due        INTEGER NOT NULL,
    tries      INTEGER NOT NULL,
    kept_until INTEGER NOT NULL,
    sealed     BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ck_outbox_due ON ck_outbox (due);
