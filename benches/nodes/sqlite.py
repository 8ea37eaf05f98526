"""The size of a SQLite file with users."""

import hashlib
import sqlite3
import time

import machine
from postgres import BEGUN


def uuid(kind, user):
    """The UUIDs of `postgres.uuid`, as bytes."""
    return bytes.fromhex(f"{BEGUN + user * 1000:012x}7{kind:03}8{user:015x}")


def text_of(key):
    text = key.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def rows_of(user, template):
    """The rows of a sign-up, with the forms of the rows that the service has stored."""
    key = uuid(0, user)
    at = template["at"]
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(BEGUN // 1000 + user)) + at[19:]
    email = f"{hashlib.md5(str(user).encode()).hexdigest()[:14]}@example.com"
    epoch = int.from_bytes(hashlib.md5(email.encode()).digest()[:8]) >> 1
    yield "users", (key, f"Person {user}", email, stamp, None, "user", 1, epoch, epoch ^ 0xFFFF, stamp, stamp)
    for kind, name in ((1, "credentials"), (2, "email")):
        yield "accounts", (uuid(kind, user), key, name, name, text_of(key), stamp, stamp)
    yield "credentials", (uuid(3, user), key, "password", template["verifier"], stamp, stamp)


def measure(service, program, folder, users):
    """Fills a file in the order of the sign-ups, and prints the bytes of each table and index."""
    path = folder / "signet.db"
    service(program, folder, f"sqlite://{path}")
    database = sqlite3.connect(path)
    verifier, at = database.execute("SELECT verifier, created_at FROM credentials").fetchone()
    template = {"verifier": verifier, "at": at}
    statements = {"users": 11, "accounts": 7, "credentials": 6}
    statements = {name: f"INSERT INTO {name} VALUES ({', '.join('?' * count)})" for name, count in statements.items()}
    print(f"{machine.describe()}; SQLite {sqlite3.sqlite_version}", flush=True)
    begun = time.monotonic()
    for begin in range(0, users, 10_000):
        with database:
            for user in range(begin, min(begin + 10_000, users)):
                for name, values in rows_of(user, template):
                    database.execute(statements[name], values)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    print(f"{users:,} users after {time.monotonic() - begun:.0f} s: {size:,} bytes, {size / users:.1f} for each user")
