"""The faults. Each returns the time of the fault, after there is a primary again."""

import asyncio
import time

import database
import network
from nodes import TIMEOUT

SCENARIOS = {}
# The time after which a reset connection is noticed, and the time for one that only falls silent.
RESET = 1.0
SILENT = TIMEOUT + 2.0
# The time until the former primary of a switchover has written everything and ends its connections.
HANDED_OVER = 5.0
# The time until Patroni takes its role from a primary that does not reach etcd, which ends all connections.
DEMOTED = 8.0
# The time in seconds for which the load goes on undisturbed, before a fault and after it.
CALM = 2


class Scenario:
    def __init__(self, inject, way, synchronous, noticed):
        self.inject = inject
        self.way = way
        self.synchronous = synchronous
        self.noticed = noticed

    @property
    def text(self):
        return self.inject.__doc__.strip()


def scenario(name, noticed, way="servers", synchronous=True):
    def register(inject):
        SCENARIOS[name] = Scenario(inject, way, synchronous, noticed)
        return inject

    return register


def in_thread(function, *arguments):
    return asyncio.to_thread(function, *arguments)


async def other_primary(cluster, former):
    """Waits until another server is the primary."""
    is_other = lambda: cluster.primary() not in (None, former)
    await in_thread(database.until, is_other, 60, f"a primary other than {former}")


@scenario("switchover", HANDED_OVER, way="haproxy")
async def switchover(cluster, primary):
    """Patroni makes a replica the primary, in order."""
    fault = time.monotonic()
    await in_thread(cluster.switch_over)
    await other_primary(cluster, primary)
    return fault


@scenario("kill-async", RESET, synchronous=False)
@scenario("kill", RESET)
async def kill(cluster, primary):
    """Every process of the primary is killed with SIGKILL."""
    fault = time.monotonic()
    await in_thread(network.kill, primary)
    await other_primary(cluster, primary)
    return fault


@scenario("cut-async", SILENT, synchronous=False)
@scenario("cut", SILENT)
async def cut(cluster, primary):
    """The primary loses its network, and gets it back after the failover."""
    fault = time.monotonic()
    network.disconnect(primary)
    await other_primary(cluster, primary)
    await asyncio.sleep(CALM)
    network.connect(primary)
    await asyncio.sleep(CALM)
    return fault


@scenario("split-async", DEMOTED, synchronous=False)
@scenario("split", DEMOTED)
async def split(cluster, primary):
    """The primary loses etcd and its replicas, while Signet still reaches it."""
    peers = ["etcd", *(server for server in database.SERVERS if server != primary)]
    fault = time.monotonic()
    network.deafen(primary, peers)
    is_other = lambda: any(database.rest(it, "GET", "/primary")[0] == 200 for it in peers[1:])
    await in_thread(database.until, is_other, 60, f"a primary other than {primary}")
    await asyncio.sleep(CALM)
    network.undeafen(primary, peers)
    await asyncio.sleep(CALM)
    return fault


@scenario("disk", SILENT)
async def disk(cluster, primary):
    """The disk of the primary is full until another server is the primary."""
    filling = cluster.home(primary) / "filling"
    fault = time.monotonic()
    await in_thread(fill, filling)
    # New segments of the log need room that the disk does not have.
    await in_thread(exhaust, cluster, primary)
    await other_primary(cluster, primary)
    filling.unlink()
    await asyncio.sleep(CALM)
    return fault


def fill(path):
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass


def exhaust(cluster, primary):
    until = time.monotonic() + 30
    while cluster.primary() == primary and time.monotonic() < until:
        database.sql(primary, "SELECT pg_current_xact_id(); SELECT pg_switch_wal()", "postgres")


@scenario("paused-replay", 0.0)
async def paused_replay(cluster, primary):
    """The replicas receive changes and do not apply them."""
    fault = time.monotonic()
    for server in cluster.replicas():
        database.sql(server, "SELECT pg_wal_replay_pause()", "postgres")
    # Longer than `database.max_lag`.
    await asyncio.sleep(15)
    for server in cluster.replicas():
        database.sql(server, "SELECT pg_wal_replay_resume()", "postgres")
    return fault


@scenario("pgbouncer", RESET, way="pgbouncer")
async def pgbouncer(cluster, primary):
    """PgBouncer is stopped, and started a second later."""
    fault = time.monotonic()
    await in_thread(cluster.stop_pgbouncer)
    await asyncio.sleep(1)
    cluster.start_pgbouncer()
    return fault
