-- Times are milliseconds, ids are bytes. What is only compared stands in a column; the rest in `record`.

CREATE TABLE ck_session (
    look_up       BYTEA  PRIMARY KEY,
    id            BYTEA  NOT NULL UNIQUE,
    subject       TEXT   COLLATE "C",
    parent        BYTEA,
    pending       BIGINT NOT NULL,
    last_seen     BIGINT NOT NULL,
    expires       BIGINT NOT NULL,
    idle          BIGINT NOT NULL,
    absolute      BIGINT NOT NULL,
    -- What the ledger says of the subject, so that a check reads one row.
    user_at_least BIGINT NOT NULL,
    record        BYTEA  NOT NULL
);

CREATE INDEX ck_session_subject ON ck_session (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX ck_session_parent  ON ck_session (parent) WHERE parent IS NOT NULL;
CREATE INDEX ck_session_expires ON ck_session (expires);

-- Tickets that are not current: pending (superseded IS NULL) or superseded at a time.
CREATE TABLE ck_old_ticket (
    look_up    BYTEA  PRIMARY KEY,
    session    BYTEA  NOT NULL,
    round      BIGINT NOT NULL,
    kid        BIGINT NOT NULL,
    superseded BIGINT,
    place      BIGINT NOT NULL
);

CREATE INDEX ck_old_ticket_session ON ck_old_ticket (session, place);

-- The ledger. A fact about one key stands once, at the place of its newest growth. The largest number is a
-- revocation: beyond every other.
CREATE TABLE ck_fact (
    fact_key   BYTEA  PRIMARY KEY,
    at_least   BIGINT NOT NULL,
    kept_until BIGINT NOT NULL,
    lane       BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    UNIQUE (lane, seq)
);

CREATE INDEX ck_fact_until ON ck_fact (kept_until);

-- Whoever writes holds the row of a lane until it commits: in a lane, numbers are in commit order.
CREATE TABLE ck_lane (
    lane       BIGINT PRIMARY KEY,
    fact_head  BIGINT NOT NULL,
    event_head BIGINT NOT NULL,
    chain      BYTEA  NOT NULL
);

CREATE TABLE ck_event (
    lane    BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    event   BYTEA,
    payload BYTEA  NOT NULL,
    digest  BYTEA  NOT NULL,
    PRIMARY KEY (lane, seq)
);

CREATE TABLE ck_checkpoint (
    lane   BIGINT NOT NULL,
    seq    BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    digest BYTEA  NOT NULL,
    kid    BIGINT NOT NULL,
    mac    BYTEA  NOT NULL,
    PRIMARY KEY (lane, seq, at)
);

CREATE TABLE ck_key (
    id      BYTEA  PRIMARY KEY,
    kid     BIGINT NOT NULL,
    purpose TEXT   COLLATE "C" NOT NULL,
    state   BIGINT NOT NULL,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    sealed  BYTEA  NOT NULL,
    UNIQUE (purpose, kid)
);

-- Refresh families. They end with their session.
CREATE TABLE ck_family (
    id      BYTEA PRIMARY KEY,
    session BYTEA NOT NULL,
    record  BYTEA NOT NULL
);

CREATE INDEX ck_family_session ON ck_family (session);

-- People, what they sign in with, what they have begun, how often they tried, and letters to them.
CREATE TABLE ck_user (
    id      BYTEA  PRIMARY KEY,
    version BIGINT NOT NULL,
    record  BYTEA  NOT NULL
);

CREATE TABLE ck_identifier (
    name   TEXT  COLLATE "C" PRIMARY KEY,
    person BYTEA NOT NULL
);

CREATE INDEX ck_identifier_person ON ck_identifier (person);

CREATE TABLE ck_request (
    look_up BYTEA  PRIMARY KEY,
    person  BYTEA,
    expires BIGINT NOT NULL,
    record  BYTEA  NOT NULL
);

CREATE INDEX ck_request_person  ON ck_request (person) WHERE person IS NOT NULL;
CREATE INDEX ck_request_expires ON ck_request (expires);

-- A bucket is the time when it is full again.
CREATE TABLE ck_throttle (
    bucket  BYTEA  PRIMARY KEY,
    full_at BIGINT NOT NULL
);

CREATE INDEX ck_throttle_full ON ck_throttle (full_at);

CREATE TABLE ck_outbox (
    id         BYTEA  PRIMARY KEY,
    due        BIGINT NOT NULL,
    tries      BIGINT NOT NULL,
    kept_until BIGINT NOT NULL,
    sealed     BYTEA  NOT NULL
);

CREATE INDEX ck_outbox_due ON ck_outbox (due);

-- The processes that use this: each proves by its own row, again and again, that this is the truth.
CREATE TABLE ck_server (
    id    BYTEA       PRIMARY KEY,
    ticks BIGINT      NOT NULL,
    seen  TIMESTAMPTZ NOT NULL DEFAULT now()
);
