-- A user's ways in. `provider_account_id` is what the provider calls the user: for Signet's own
-- providers the user's id, never the address, because addresses change.
CREATE TABLE accounts (
    id UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    provider TEXT NOT NULL,
    provider_account_id TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT accounts_provider_key UNIQUE (provider, provider_account_id)
);

CREATE INDEX accounts_user_id_provider_idx ON accounts (user_id, provider);
