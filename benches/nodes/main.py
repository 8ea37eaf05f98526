"""Measures nodes of Signet against one PostgreSQL. `benches/nodes/run` calls it."""

import argparse
import asyncio
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

import imports
import machine
import reads
import sqlite
from nodes import ADMIN, Drivers, Service, log_in, log_in_all
from postgres import BIN, Postgres
from shares import Shares

# The requests of each node before a measurement.
WARM_UP = 1_000


def arguments():
    parser = argparse.ArgumentParser(prog="benches/nodes/run", description=__doc__)
    parser.add_argument("--nodes", default="1,2,4", help="numbers of nodes; default: 1,2,4")
    parser.add_argument("--users", type=int, default=10_000, help="users in the database; default: 10000")
    parser.add_argument("--requests", type=int, default=20_000, help="refreshes for each node in a turn; default: 20000")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each number of nodes; default: 3")
    parser.add_argument("--logins", type=int, default=200, help="users who refresh; default: 200")
    parser.add_argument("--rate", type=int, default=1_000, help="refreshes a second at each node, 0: as many as it answers; default: 1000")
    parser.add_argument("--share", type=float, default=0, help="bounds each node to this share of a core, such as 0.1; needs root")
    parser.add_argument("--connections", type=int, default=16, help="connections to each node; default: 16")
    parser.add_argument("--postgres", action="append", default=[], metavar="NAME=VALUE", help="a setting of PostgreSQL")
    parser.add_argument("--reads", action="store_true", help="also measures the reads of the database, and pages of users")
    parser.add_argument("--read-seconds", type=int, default=20, help="time of each measurement of reads; default: 20")
    parser.add_argument("--export", action="store_true", help="also measures an export")
    parser.add_argument("--import", dest="import_rows", type=int, metavar="ROWS", help="measures an import of so many users instead")
    parser.add_argument("--sqlite", action="store_true", help="measures the size of a SQLite file instead")
    parser.add_argument("--signet", metavar="FILE", type=os.path.abspath, help="the program; default: it is built")
    return parser.parse_args()


def say(text=""):
    print(text, flush=True)


def spread(values, digits=1):
    """Minimum, median and maximum."""
    return " / ".join(f"{it:,.{digits}f}" for it in (min(values), statistics.median(values), max(values)))


async def measure_once(service, postgres, drivers, shares, count, requests):
    """Returns for each refresh the microseconds of Signet and of PostgreSQL, and the refreshes a second and MiB of a node."""
    for client in await service.start(count):
        client.close()
    shares.bound(service.nodes)
    drivers.refresh(count, WARM_UP)
    nodes, database, begun = service.seconds(), postgres.seconds(), time.monotonic()
    drivers.refresh(count, requests)
    elapsed = time.monotonic() - begun
    nodes, database = service.seconds() - nodes, postgres.seconds() - database
    memory = max(machine.memory(node.pid, "VmHWM") for node in service.nodes)
    service.stop()
    return nodes / requests / count * 1e6, database / requests / count * 1e6, requests / elapsed, memory


async def measure_refreshes(service, postgres, options):
    """Measures each number of nodes in turns, and prints a table."""
    counts = [int(it) for it in options.nodes.split(",")]
    (client,) = await service.start(1)
    begun = time.monotonic()
    tokens = await log_in_all(client, postgres.some_emails(options.users, options.logins))
    say(f"{len(tokens)} users have logged in after {time.monotonic() - begun:.0f} s, with "
        f"{service.seconds() / len(tokens) * 1000:.1f} ms of processor time for each login.")
    client.close()
    service.stop()
    drivers = Drivers(max(counts), tokens, options.connections, options.rate)
    shares = Shares(max(counts), options.share)
    found = {count: [] for count in counts}
    try:
        for _ in range(options.rounds):
            for count in counts:
                found[count].append(await measure_once(service, postgres, drivers, shares, count, options.requests))
    finally:
        service.stop()
        shares.remove()
    drivers.stop()
    say("Processor time in µs for each refresh: min / median / max")
    say(f"{'nodes':>5}  {'Signet':26} {'of one':>6}  {'PostgreSQL':26} {'refreshes/s of a node':26} MiB")
    one = None
    for count, rows in found.items():
        signet, database, rates, memory = zip(*rows)
        one = one or statistics.median(signet)
        say(f"{count:5}  {spread(signet):26} {statistics.median(signet) / one:6.2f}  {spread(database):26} "
            f"{spread(rates, 0):26} {max(memory):.0f}")
    # Each node, its driver and its part of the database need about two cores.
    if not options.share and len(os.sched_getaffinity(0)) < 2 * max(counts):
        say("The nodes share the processors, so refreshes/s of a node are no measure of it.")


def report_sizes(postgres, users):
    rows = postgres.sizes()
    for name, count, size in rows:
        say(f"{name:36} {f'{count:,} rows' if count is not None else '':>18} {size:>15,} bytes {size / users:7.1f} for each user")
    total = sum(size for _, _, size in rows)
    say(f"{'together':36} {'':18} {total:>15,} bytes {total / users:7.1f} for each user")


def report_reads(postgres, statements, options):
    for is_cold in (True, False):
        for read, statement in statements.items():
            found = reads.measure(postgres, read, statement, options, is_cold)
            say(f"read of a {read}, {'cold' if is_cold else 'warm'}: {found['micros']:.1f} µs of PostgreSQL, "
                f"{found['blocks']:.1f} blocks, {found['missed']:.2f} of them not in shared_buffers "
                f"({found['reads']:,} reads in {found['elapsed']:.1f} s)")


async def report_pages(service, postgres):
    """The time of pages of users, as an admin sees them."""
    (client,) = await service.start(1)
    token = (await log_in(client, ADMIN))["access_token"]
    pages = {
        "a page of 100 users": "/admin/users?limit=100",
        "a part of an email": f"/admin/users?address={postgres.some_emails(1000, 1)[0]}",
        "a role that all have": "/admin/users?limit=100&role=user",
        "a role that one has": "/admin/users?limit=100&role=admin",
    }
    for name, path in pages.items():
        used, begun = postgres.seconds(), time.monotonic()
        answer = await client.send("GET", path, token=token)
        say(f"{name}: {answer.status} after {(time.monotonic() - begun) * 1000:,.0f} ms, "
            f"{(postgres.seconds() - used) * 1000:,.0f} ms of PostgreSQL, {len(answer.body):,} bytes")
    client.close()
    service.stop()


def measure_imports(options, folder):
    """Imports a file of Auth0 on both engines."""
    file = folder / "users.jsonl"
    imports.write_auth0(file, options.import_rows)
    command = ["users", "import", "--from", "auth0", str(file)]
    postgres = Postgres(options.postgres)
    try:
        for name, url in {"PostgreSQL": postgres.url, "SQLite": f"sqlite://{folder}/signet.db"}.items():
            home = folder / name
            home.mkdir()
            service = Service(options.signet, home, url)
            used = postgres if name == "PostgreSQL" else None
            imports.measure(service, used, f"import, {name}", *command)
            imports.measure(service, used, f"import again, {name}", *command)
    finally:
        postgres.stop()


async def run(options, folder):
    postgres = Postgres(options.postgres)
    service = None
    try:
        say(f"{machine.describe()}; {postgres.run(BIN / 'postgres', '--version').strip()}")
        service = Service(options.signet, folder, postgres.url)
        begun = time.monotonic()
        postgres.fill(options.users)
        say(f"{options.users:,} users after {time.monotonic() - begun:.0f} s.")
        report_sizes(postgres, options.users)
        await measure_refreshes(service, postgres, options)
        if options.reads:
            report_reads(postgres, await reads.statements(service, postgres), options)
            await report_pages(service, postgres)
        if options.export:
            imports.measure(service, postgres, "export", "users", "export", "--output", str(folder / "users.jsonl"))
    finally:
        if service:
            service.stop()
        postgres.stop()
    say(f"Afterwards: {machine.describe()}")


def main():
    options = arguments()
    # Also a termination removes the database.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Terminated."))
    for name in [name for name in os.environ if name.startswith("SIGNET_") or name == "DATABASE_URL"]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="signet-nodes-") as name:
        folder = Path(name)
        if options.import_rows:
            say(machine.describe())
            measure_imports(options, folder)
        elif options.sqlite:
            sqlite.measure(Service, options.signet, folder, options.users)
        else:
            asyncio.run(run(options, folder))


if __name__ == "__main__":
    main()
