-- Times are milliseconds, ids are bytes. What is only compared stands in a column; the rest in `record`.

CREATE TABLE ck_meta (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ck_session (
    look_up       BLOB    PRIMARY KEY,
    id            BLOB    NOT NULL UNIQUE,
    subject       TEXT,
    parent        BLOB,
    pending       INTEGER NOT NULL,
    last_seen     INTEGER NOT NULL,
    expires       INTEGER NOT NULL,
    idle          INTEGER NOT NULL,
    absolute      INTEGER NOT NULL,
    -- What the ledger says of the subject, so that a check reads one row.
    user_at_least INTEGER NOT NULL,
    record        BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ck_session_subject ON ck_session (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX ck_session_parent  ON ck_session (parent) WHERE parent IS NOT NULL;
CREATE INDEX ck_session_expires ON ck_session (expires);

-- Tickets that are not current: pending (superseded IS NULL) or superseded at a time.
CREATE TABLE ck_old_ticket (
    look_up    BLOB    PRIMARY KEY,
    session    BLOB    NOT NULL,
    round      INTEGER NOT NULL,
    kid        INTEGER NOT NULL,
    superseded INTEGER,
    place      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ck_old_ticket_session ON ck_old_ticket (session, place);

-- The ledger. A fact about one key stands once, at the place of its newest growth. The largest number is a
-- revocation: beyond every other.
CREATE TABLE ck_fact (
    fact_key   BLOB    PRIMARY KEY,
    at_least   INTEGER NOT NULL,
    kept_until INTEGER NOT NULL,
    lane       INTEGER NOT NULL,
    seq        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX ck_fact_lane  ON ck_fact (lane, seq);
CREATE INDEX        ck_fact_until ON ck_fact (kept_until);

CREATE TABLE ck_lane (
    lane       INTEGER PRIMARY KEY,
    fact_head  INTEGER NOT NULL,
    event_head INTEGER NOT NULL,
    chain      BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ck_event (
    lane    INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    event   BLOB,
    payload BLOB NOT NULL,
    digest  BLOB NOT NULL,
    PRIMARY KEY (lane, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE ck_checkpoint (
    lane   INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    digest BLOB NOT NULL,
    kid    INTEGER NOT NULL,
    mac    BLOB NOT NULL,
    PRIMARY KEY (lane, seq, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE ck_key (
    id      BLOB    PRIMARY KEY,
    kid     INTEGER NOT NULL,
    purpose TEXT    NOT NULL,
    state   INTEGER NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    sealed  BLOB    NOT NULL,
    UNIQUE (purpose, kid)
) STRICT, WITHOUT ROWID;
