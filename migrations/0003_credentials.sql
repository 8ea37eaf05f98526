-- What secrets are checked against: for a password its PHC string.
CREATE TABLE credentials (
    id UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    verifier TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX credentials_user_id_idx ON credentials (user_id);

CREATE UNIQUE INDEX credentials_one_password_key ON credentials (user_id) WHERE type = 'password';
