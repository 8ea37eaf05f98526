"""A temporary PostgreSQL, and the users in it."""

import os
import random
import subprocess
from pathlib import Path

import machine

ROOT = Path(__file__).resolve().parents[2]
BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda it: int(it.parent.name), default=Path("/usr/bin"))
DATABASE = "bench"
PASSWORD = "correct horse battery staple"

# The time of the first user, in milliseconds since 1970. Each further one signs up a second later.
BEGUN = 1_600_000_000_000


def uuid(kind, user):
    """A UUID of version 7, as the service makes them: its first 48 bits are the time. The rest tells rows apart."""
    number = f"({user})::bigint"
    return f"(lpad(to_hex({BEGUN} + {number} * 1000), 12, '0') || '7{kind:03}8' || lpad(to_hex({number}), 15, '0'))::uuid"


def email(user):
    """An email of 26 characters. The emails of users who sign up one after the other are no neighbors."""
    return f"(left(md5(({user})::bigint::text), 14) || '@example.com')"


# The rows of a sign-up with a verified email: a user, the accounts `credentials` and `email`, and a password.
FILL = f"""
INSERT INTO users SELECT {uuid(0, "n")}, 'Person ' || n, {email("n")}, at, NULL, 'user', true,
    (random() * 9e18)::bigint, (random() * 9e18)::bigint, at, at
FROM (SELECT n, to_timestamp({BEGUN} / 1000 + n) AS at FROM generate_series($FROM, $TO) n) numbers;
INSERT INTO accounts SELECT id, user_id, type, type, user_id::text, at, at
FROM (SELECT {uuid(1, "n")} AS id, {uuid(0, "n")} AS user_id, 'credentials' AS type, to_timestamp({BEGUN} / 1000 + n) AS at
      FROM generate_series($FROM, $TO) n
      UNION ALL SELECT {uuid(2, "n")}, {uuid(0, "n")}, 'email', to_timestamp({BEGUN} / 1000 + n)
      FROM generate_series($FROM, $TO) n) numbers;
INSERT INTO credentials SELECT {uuid(3, "n")}, {uuid(0, "n")}, 'password', $VERIFIER, at, at
FROM (SELECT n, to_timestamp({BEGUN} / 1000 + n) AS at FROM generate_series($FROM, $TO) n) numbers;
"""


class Postgres:
    """A server for this run, with the options of `postgres -c`."""

    def __init__(self, options):
        arguments = [part for option in options for part in ("-c", option)]
        script = ROOT / "tests/it/support/postgres.sh"
        self.process = subprocess.Popen(
            ["sh", script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.folder = Path(self.process.stdout.readline().strip())
        if not self.folder.name:
            raise SystemExit("PostgreSQL does not start.")
        self.pid = int((self.folder / "data/postmaster.pid").read_text().splitlines()[0])
        self.url = f"postgres://signet@localhost/{DATABASE}?host={self.folder}"
        self.environment = {**os.environ, "PGHOST": str(self.folder), "PGUSER": "signet", "PGDATABASE": DATABASE}
        self.run(BIN / "createdb", DATABASE)
        self.sql("CREATE EXTENSION pg_stat_statements")

    def run(self, *command):
        """Runs a client program of PostgreSQL and returns its output."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{command[0]}: {done.stderr}")
        return done.stdout

    def sql(self, text):
        """Runs statements and returns the rows of the last one."""
        rows = self.run(BIN / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text)
        return [line.split("|") for line in rows.splitlines()]

    def seconds(self):
        """The processor time of the server."""
        return machine.seconds_with_children(self.pid)

    def fill(self, users):
        """Adds users in the order of their sign-up. All have the password of the only one that is there."""
        (verifier,) = self.sql("SELECT verifier FROM credentials WHERE type = 'password'")[0]
        step = 100_000
        for begin in range(0, users, step):
            text = FILL.replace("$FROM", str(begin)).replace("$TO", str(min(begin + step, users) - 1))
            self.sql(text.replace("$VERIFIER", f"'{verifier}'"))
        self.sql("VACUUM ANALYZE")
        self.sql("CHECKPOINT")

    def sizes(self):
        """The rows and bytes of each table, and the bytes of each index: `(name, rows or None, bytes)`."""
        found = self.sql(
            "SELECT relname, CASE relkind WHEN 'r' THEN reltuples::bigint END, pg_relation_size(oid) FROM pg_class "
            "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i') "
            "AND relname ~ '^(users|accounts|credentials)' ORDER BY relname")
        return [(name, int(rows) if rows else None, int(size)) for name, rows, size in found]

    def some_emails(self, users, count):
        """The emails of random users."""
        numbers = random.sample(range(users), min(users, count))
        values = ", ".join(f"({it})" for it in numbers)
        return [it for (it,) in self.sql(f"SELECT {email('n')} FROM (VALUES {values}) numbers (n)")]

    def forget_files(self):
        """Drops the files of the database from the memory of the system."""
        self.sql("CHECKPOINT")
        for path in (self.folder / "data/base").rglob("*"):
            if path.is_file():
                file = os.open(path, os.O_RDONLY)
                os.fsync(file)
                os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(file)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
