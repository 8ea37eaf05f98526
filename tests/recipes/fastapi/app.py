"""A FastAPI backend that has its own table of users and logs them in with Signet.

pip install 'pyjwt[crypto]' fastapi uvicorn
ISSUER=https://auth.example.com AUDIENCE=https://api.example.com PORT=8000 python app.py
"""

import hashlib
import json
import os
import sqlite3
import time
from base64 import urlsafe_b64encode
from contextlib import closing
from typing import Annotated

import jwt
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request

ISSUER, AUDIENCE = os.environ["ISSUER"], os.environ["AUDIENCE"]
PORT = int(os.environ.get("PORT", "8000"))
# The URL under which clients reach this server. It is compared with the URL in DPoP proofs.
BASE_URL = os.environ.get("BASE_URL", f"http://127.0.0.1:{PORT}")
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


# The proofs that were used within the last two minutes, with the time of their use.
used: dict[tuple[str, str], float] = {}


def digest(data: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def thumbprint(jwk: dict) -> str:
    """Returns the thumbprint of a public key (RFC 7638)."""
    required = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}
    members = {name: jwk[name] for name in required[jwk["kty"]]}
    return digest(json.dumps(members, separators=(",", ":")).encode())


def proven_key(request: Request, token: str) -> str:
    """Returns the thumbprint of the key that the request proves to have (RFC 9449 §4.3)."""
    proofs = request.headers.getlist("DPoP")
    if len(proofs) != 1 or len(proofs[0]) > 4096:
        raise jwt.InvalidTokenError("not one proof")
    header = jwt.get_unverified_header(proofs[0])
    jwk, alg = header.get("jwk"), header.get("alg")
    if header.get("typ") != "dpop+jwt" or "crit" in header or not isinstance(jwk, dict) or {"d", "k"} & jwk.keys():
        raise jwt.InvalidTokenError("not a proof with a public key")
    if alg not in ("ES256", "EdDSA", "RS256", "PS256"):
        raise jwt.InvalidTokenError("another algorithm")
    claims = jwt.decode(
        proofs[0],
        jwt.PyJWK(jwk, alg).key,
        algorithms=[alg],
        options={"require": ["htm", "htu", "iat", "jti", "ath"], "verify_iat": False},
    )
    now, key = time.time(), thumbprint(jwk)
    for proof in [proof for proof, at in used.items() if at < now - 120]:
        used.pop(proof, None)
    is_good = (
        claims["htm"] == request.method
        and claims["htu"] == BASE_URL + request.url.path
        and claims["ath"] == digest(token.encode())
        and abs(claims["iat"] - now) <= 60
        and (key, claims["jti"]) not in used
    )
    if not is_good:
        raise jwt.InvalidTokenError("a proof of another request")
    used[key, claims["jti"]] = now
    return key


class NoPossession(Exception):
    """The token is bound to a key, and the request does not prove to have it."""


def check_possession(scheme: str, token: str, claims: dict, request: Request) -> None:
    """Checks that a bound token comes with a proof of its key, and never as a bearer token."""
    is_bound = "cnf" in claims
    if is_bound != (scheme == "dpop"):
        raise jwt.InvalidTokenError("another scheme")
    if not is_bound:
        return
    try:
        key = proven_key(request, token)
    except jwt.PyJWTError as error:
        raise NoPossession from error
    if key != claims["cnf"]["jkt"]:
        raise NoPossession


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


def signed_in(request: Request) -> dict:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        if scheme.lower() not in ("bearer", "dpop"):
            raise jwt.InvalidTokenError("another scheme")
        claims = verified(token.strip())
        check_possession(scheme.lower(), token.strip(), claims, request)
        return user_of(claims)
    except jwt.PyJWKClientConnectionError as error:  # our trouble: no reason to sign anybody out
        raise HTTPException(503, "The keys of the issuer could not be fetched.", {"Retry-After": "5"}) from error
    except NoPossession as error:
        challenge = 'DPoP error="invalid_dpop_proof", algs="ES256 EdDSA RS256 PS256"'
        text = "The proof in the header DPoP is missing or invalid."
        raise HTTPException(401, text, {"WWW-Authenticate": challenge}) from error
    except jwt.PyJWTError as error:
        challenge = 'Bearer error="invalid_token"'
        raise HTTPException(401, "The access token is missing or invalid.", {"WWW-Authenticate": challenge}) from error


app = FastAPI()


@app.get("/")
def me(user: Annotated[dict, Depends(signed_in)]) -> dict:
    return user


if __name__ == "__main__":
    with closing(sqlite3.connect(DATABASE)) as database:
        database.execute(SCHEMA)
    print(f"listening on http://127.0.0.1:{PORT}", flush=True)
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning")
