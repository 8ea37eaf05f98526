"""A FastAPI backend that has its own table of users and logs them in with Signet.

pip install 'pyjwt[crypto]' fastapi uvicorn
ISSUER=https://auth.example.com AUDIENCE=https://api.example.com PORT=8000 python app.py
"""

import os
import sqlite3
from contextlib import closing
from typing import Annotated

import jwt
import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

ISSUER, AUDIENCE = os.environ["ISSUER"], os.environ["AUDIENCE"]
DATABASE = os.environ.get("DATABASE", "backend.db")

# Keys are cached for five minutes. An unknown key causes a request, at most every five seconds.
keys = jwt.PyJWKClient(ISSUER + "/.well-known/jwks.json", timeout=5, cooldown_duration=5)


def verified(token: str) -> dict:
    """Returns the claims of an access token for this audience."""
    if jwt.get_unverified_header(token).get("typ") != "at+jwt":
        raise jwt.InvalidTokenError("not an access token")
    return jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token).key,
        algorithms=["ES256"],
        issuer=ISSUER,
        audience=AUDIENCE,
        options={"require": ["iss", "aud", "sub", "exp"]},
    )


SCHEMA = """
    CREATE TABLE IF NOT EXISTS users (
        id INTEGER PRIMARY KEY,
        email TEXT,
        full_name TEXT,
        password_hash TEXT,         -- from before Signet, unused
        better_auth_id TEXT UNIQUE  -- the `sub` of Signet's tokens, never an email
    )"""
FIND = "SELECT id, email, full_name FROM users WHERE better_auth_id = :sub"
# Concurrent first requests create one row. Existing values stay, because they belong to the backend.
FILL = """
    INSERT INTO users (better_auth_id, email, full_name) VALUES (:sub, :email, :name)
    ON CONFLICT (better_auth_id) DO UPDATE SET
        email = coalesce(users.email, excluded.email),
        full_name = coalesce(users.full_name, excluded.full_name)"""


def user_of(claims: dict) -> dict:
    """Returns the user's row, created at the first token. `email` and `name` are in the token if so configured."""
    told = {"sub": claims["sub"], "email": claims.get("email"), "name": claims.get("name")}
    with closing(sqlite3.connect(DATABASE)) as database, database:
        database.row_factory = sqlite3.Row
        row = database.execute(FIND, told).fetchone()
        news = row and (row["email"] is None and told["email"] or row["full_name"] is None and told["name"])
        if row is None or news:
            database.execute(FILL, told)
            row = database.execute(FIND, told).fetchone()
        return {"sub": claims["sub"], **row}


def signed_in(
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
) -> dict:
    try:
        return user_of(verified(bearer.credentials if bearer else ""))
    except jwt.PyJWKClientConnectionError as error:  # our trouble: no reason to sign anybody out
        raise HTTPException(503, "The keys cannot be had.", {"Retry-After": "5"}) from error
    except jwt.PyJWTError as error:
        raise HTTPException(401, "No good access token.", {"WWW-Authenticate": "Bearer"}) from error


app = FastAPI()


@app.get("/")
def me(user: Annotated[dict, Depends(signed_in)]) -> dict:
    return user


if __name__ == "__main__":
    with closing(sqlite3.connect(DATABASE)) as database:
        database.execute(SCHEMA)
    port = int(os.environ.get("PORT", "8000"))
    print(f"listening on http://127.0.0.1:{port}", flush=True)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
