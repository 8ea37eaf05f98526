"""The reads of a refresh and of a login by themselves, for random users of all that there are."""

import re
import time

from nodes import ADMIN, log_in
from postgres import BIN, email, uuid

CONNECTIONS = 4
COLD_READS = 10_000

# A statement in the log of PostgreSQL, and its arguments.
EXECUTED = re.compile(r"execute [^:]*: (SELECT users\.id, .* FROM users .*)\n.*parameters: (.*)")


async def statements(service, postgres):
    """The statements of a refresh and of a login as the service sends them, with a random user of `:user`."""
    postgres.sql("ALTER DATABASE bench SET log_statement = 'all'")
    (client,) = await service.start(1)
    begin = (postgres.folder / "log").stat().st_size
    token = (await log_in(client, ADMIN))["refresh_token"]
    await client.send("POST", "/refresh", {"refresh_token": token})
    client.close()
    service.stop()
    postgres.sql("ALTER DATABASE bench RESET log_statement")
    text = (postgres.folder / "log").read_bytes()[begin:].decode()
    executed = [(statement, arguments.split(", ")) for statement, arguments in EXECUTED.findall(text)]
    login = next(it for it in executed if "users.email = $1" in it[0] and ADMIN in it[1][0])
    refresh = next(it for it in executed if it[0].endswith("WHERE id = $1"))
    return {"refresh": with_arguments(*refresh, uuid(0, ":user")), "login": with_arguments(*login, email(":user"))}


def with_arguments(statement, arguments, key):
    """Replaces the first argument by an expression, and the others by their values."""
    for argument in arguments[1:]:
        name, value = argument.split(" = ", 1)
        statement = statement.replace(name, value)
    return statement.replace("$1", key)


def measure(postgres, read, statement, options, is_cold):
    """Returns the number and the seconds of all reads, and for each read the microseconds of the processor, the blocks,
    and those not found in `shared_buffers`."""
    script = postgres.folder / f"{read}.sql"
    script.write_text(f"\\set user random(0, {options.users - 1})\n{statement};\n")
    # A cold measurement has to end before its own reads have warmed everything.
    length = ["-t", str(COLD_READS // CONNECTIONS)] if is_cold else ["-T", str(options.read_seconds)]
    if is_cold:
        postgres.forget_files()
    blocks = ("SELECT sum(heap_blks_hit + idx_blks_hit), sum(heap_blks_read + idx_blks_read) "
              "FROM pg_statio_user_tables")
    before, used, begun = postgres.sql(blocks)[0], postgres.seconds(), time.monotonic()
    output = postgres.run(
        BIN / "pgbench", "-n", "-M", "prepared", "-c", str(CONNECTIONS), *length, "-f", str(script))
    elapsed = time.monotonic() - begun
    used = postgres.seconds() - used
    # A connection reports its blocks when it ends.
    postgres.sql("SELECT pg_sleep(1.2)")
    after = postgres.sql(blocks)[0]
    done = int(re.search(r"actually processed: (\d+)", output)[1])
    hit, missed = (int(late) - int(early) for early, late in zip(before, after))
    return {
        "reads": done, "elapsed": elapsed, "micros": used / done * 1e6, "blocks": (hit + missed) / done,
        "missed": missed / done}
