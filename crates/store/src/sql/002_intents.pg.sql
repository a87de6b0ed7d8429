-- Changes that are spread over two stores: whether each was done here.
CREATE TABLE ck_intent (
    intent     BYTEA  PRIMARY KEY,
    is_done    BIGINT NOT NULL,
    kept_until BIGINT NOT NULL
);

CREATE INDEX ck_intent_until ON ck_intent (kept_until);
