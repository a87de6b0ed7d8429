-- Changes that are spread over two stores: whether each was done here.
CREATE TABLE ck_intent (
    intent     BLOB    PRIMARY KEY,
    is_done    INTEGER NOT NULL,
    kept_until INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX ck_intent_until ON ck_intent (kept_until);
