"""Imports and exports of many users."""

import json
import os
import random
import time

LETTERS = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def write_auth0(path, users):
    """Writes users as Auth0 exports them. Every third one also logs in with Google."""
    with path.open("w") as file:
        for user in range(users):
            identities = [{"provider": "auth0", "user_id": f"{user:024x}"}]
            if user % 3 == 0:
                identities.append({"provider": "google-oauth2", "user_id": f"1{user:020}"})
            file.write(json.dumps({
                "_id": {"$oid": f"{user:024x}"}, "email": f"person{user}@example.com", "email_verified": True,
                "name": f"Person {user}", "passwordHash": "$2b$10$" + "".join(random.choices(LETTERS, k=52)) + "e",
                "identities": identities}) + "\n")


def measure(service, postgres, name, *command):
    """Runs a command of Signet for many users, and prints its times. `postgres` is None with SQLite."""
    database, before, begun = postgres.seconds() if postgres else 0, os.times(), time.monotonic()
    output = service.run(*command).stdout
    elapsed, after = time.monotonic() - begun, os.times()
    own = after.children_user + after.children_system - before.children_user - before.children_system
    database = f" and {postgres.seconds() - database:.1f} s of PostgreSQL" if postgres else ""
    print(f"{name}: {elapsed:.1f} s, {own:.1f} s of Signet{database}. {output.strip()}", flush=True)
