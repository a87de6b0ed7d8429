-- What each process says of its verifiers: the oldest knowledge that one of them may let somebody in by, and up to where all of them know.
ALTER TABLE ck_server ADD COLUMN bears BIGINT;
ALTER TABLE ck_server ADD COLUMN holds BYTEA;
