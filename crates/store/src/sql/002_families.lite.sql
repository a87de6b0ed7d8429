-- Refresh families. They end with their session.

CREATE TABLE ck_family (
    id      BLOB PRIMARY KEY,
    session BLOB NOT NULL,
    record  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ck_family_session ON ck_family (session);
