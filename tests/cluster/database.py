"""etcd, three servers of PostgreSQL under Patroni, HAProxy and PgBouncer."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import network

SERVERS = ["db1", "db2", "db3"]
HERE = Path(__file__).parent
POSTGRES = Path(os.environ.get("POSTGRES_BIN", ""))
# The size of each server's disk.
DISK = "400m"
PARAMETERS = {
    "max_connections": 100,
    "shared_buffers": "64MB",
    "min_wal_size": "8MB",
    "max_wal_size": "64MB",
    "wal_keep_size": "64MB",
    "wal_log_hints": "on",
    "hot_standby": "on",
    # A replica that has lost its primary looks for the next one after this time.
    "wal_receiver_timeout": "5s",
    "wal_sender_timeout": "5s",
    "wal_retrieve_retry_interval": "500ms",
}


class Failure(Exception):
    """A condition that does not hold."""


def until(holds, limit, what):
    """Waits until a condition holds, and returns its value."""
    deadline = time.monotonic() + limit
    while True:
        value = holds()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"not within {limit} s: {what}")
        time.sleep(0.1)


def rest(server, method, path, body=None, timeout=2):
    """A request to the REST API of Patroni. Returns status and JSON, or (0, None) without an answer."""
    connection = http.client.HTTPConnection(network.MACHINES[server], 8008, timeout=timeout)
    try:
        connection.request(method, path, json.dumps(body) if body else None)
        answer = connection.getresponse()
        text = answer.read()
    except OSError:
        return 0, None
    finally:
        connection.close()
    try:
        return answer.status, json.loads(text)
    except ValueError:
        return answer.status, None


def sql(server, statement, database="signet"):
    """Runs a statement on a server and returns its lines, or None if it fails."""
    command = [POSTGRES / "psql", "-X", "-A", "-t", "-h", network.MACHINES[server], "-U", "postgres", "-c", statement]
    environment = {**os.environ, "PGPASSWORD": "postgres", "PGCONNECT_TIMEOUT": "2", "PGDATABASE": database}
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.stdout.splitlines() if done.returncode == 0 else None


class Cluster:
    """The database and everything in front of it."""

    def __init__(self, folder):
        self.folder = folder
        self.bouncer = None
        self.processes = {}

    def start(self):
        etcd = network.MACHINES["etcd"]
        self.run("etcd", [
            "etcd", "--name", "etcd", "--data-dir", str(self.home("etcd")), "--logger", "zap", "--log-level", "warn",
            "--listen-client-urls", f"http://{etcd}:2379", "--advertise-client-urls", f"http://{etcd}:2379",
            "--listen-peer-urls", f"http://{etcd}:2380", "--initial-advertise-peer-urls", f"http://{etcd}:2380",
            "--initial-cluster", f"etcd=http://{etcd}:2380",
        ])
        for server in SERVERS:
            home = self.home(server)
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0755", "disk", home], check=True)
            shutil.chown(home, "postgres", "postgres")
            (self.folder / f"{server}.yml").write_text(json.dumps(patroni_settings(server, home, self.folder)))
        self.write_post_init()
        # The first one creates the cluster, the others copy it.
        self.start_server(SERVERS[0])
        until(self.primary, 60, "the first server is a primary")
        for server in SERVERS[1:]:
            self.start_server(server)
        self.run("proxy", ["haproxy", "-f", str(HERE / "haproxy.cfg"), "-db"], log="haproxy")
        self.wait_until_healthy()

    def home(self, name):
        home = self.folder / name
        home.mkdir(exist_ok=True)
        return home

    def run(self, machine, command, log=None, user=None):
        return network.start(machine, command, self.folder / f"{log or machine}.log", user)

    def start_server(self, server):
        self.processes[server] = self.run(server, ["patroni", str(self.folder / f"{server}.yml")], user="postgres")

    def write_post_init(self):
        script = self.folder / "post-init"
        script.write_text(
            '#!/bin/sh\nexec "$PSQL" -X -d "$1" -c "CREATE ROLE signet LOGIN PASSWORD \'signet\'" '
            '-c "CREATE DATABASE signet OWNER signet"\n'.replace("$PSQL", str(POSTGRES / "psql"))
        )
        script.chmod(0o755)

    def primary(self):
        """The server that Patroni answers for as the primary."""
        return next((server for server in SERVERS if rest(server, "GET", "/primary")[0] == 200), None)

    def replicas(self):
        primary = self.primary()
        return [server for server in SERVERS if server != primary]

    def is_healthy(self):
        """One primary, two replicas that stream from it, and a synchronous one if there must be one."""
        primary = self.primary()
        if not primary:
            return False
        _, found = rest(primary, "GET", "/cluster")
        _, settings = rest(primary, "GET", "/config")
        members = (found or {}).get("members", [])
        if len(members) != 3 or any(member["state"] not in ("running", "streaming") for member in members):
            return False
        if len({member["timeline"] for member in members}) != 1:
            return False
        streaming = sql(primary, "SELECT state, sync_state FROM pg_stat_replication", "postgres") or []
        if len([line for line in streaming if line.startswith("streaming|")]) != 2:
            return False
        has_sync = any(line.endswith("|sync") for line in streaming)
        return has_sync == bool((settings or {}).get("synchronous_mode"))

    def prepare(self, is_synchronous):
        """Starts the servers that a scenario killed, and waits until all is as it was before."""
        for server in SERVERS:
            if self.processes[server].poll() is not None:
                self.start_server(server)
        until(self.primary, 60, "there is a primary")
        self.set_synchronous(is_synchronous)
        self.wait_until_healthy()
        # A replica tells the timeline of a new primary from its next restart point, and confirms from then on.
        for server in [self.primary(), *self.replicas()]:
            sql(server, "CHECKPOINT", "postgres")

    def wait_until_healthy(self):
        until(self.is_healthy, 90, "the cluster has a primary and two replicas")

    def set_synchronous(self, is_synchronous):
        status, _ = rest(self.primary(), "PATCH", "/config", {"synchronous_mode": is_synchronous})
        if status != 200:
            raise Failure(f"Patroni answered {status} to a change of synchronous_mode")

    def switch_over(self):
        """Makes a replica the primary, in order."""
        primary = self.primary()
        _, found = rest(primary, "GET", "/cluster")
        # With synchronous_mode only this one has every change.
        names = {it["role"]: it["name"] for it in found["members"]}
        candidate = names.get("sync_standby") or names["replica"]
        body = {"leader": primary, "candidate": candidate}
        status, _ = rest(primary, "POST", "/switchover", body, timeout=30)
        if status != 200:
            raise Failure(f"Patroni answered {status} to a switchover")

    def start_pgbouncer(self):
        command = ["pgbouncer", str(HERE / "pgbouncer.ini")]
        self.bouncer = self.run("proxy", command, log="pgbouncer", user="postgres")

    def stop_pgbouncer(self):
        self.bouncer.send_signal(signal.SIGTERM)
        self.bouncer.wait()


def patroni_settings(server, home, folder):
    address = network.MACHINES[server]
    login = lambda name: {"username": name, "password": name}
    return {
        "scope": "signet",
        "name": server,
        "restapi": {"listen": f"{address}:8008", "connect_address": f"{address}:8008"},
        "etcd3": {"host": f"{network.MACHINES['etcd']}:2379"},
        "bootstrap": {
            "dcs": {
                "ttl": 10,
                "loop_wait": 1,
                "retry_timeout": 3,
                "maximum_lag_on_failover": 1048576,
                "synchronous_mode": True,
                # A server that crashes is replaced at once. With the default it is restarted, again and again on a full disk.
                "primary_start_timeout": 0,
                "postgresql": {"use_pg_rewind": True, "use_slots": True, "parameters": PARAMETERS},
            },
            "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, {"wal-segsize": "1"}, "data-checksums"],
            "post_init": str(folder / "post-init"),
        },
        "postgresql": {
            "listen": f"{address}:5432",
            "connect_address": f"{address}:5432",
            "data_dir": str(home / "data"),
            "bin_dir": str(POSTGRES),
            "pgpass": str(home / "pgpass"),
            "basebackup": [{"checkpoint": "fast"}],
            "authentication": {"superuser": login("postgres"), "replication": login("replicator"), "rewind": login("rewinder")},
            "parameters": {"unix_socket_directories": str(home)},
            "pg_hba": [
                "local all all trust",
                "host replication replicator 10.77.0.0/24 scram-sha-256",
                "host all all 10.77.0.0/24 scram-sha-256",
            ],
        },
        "tags": {"nofailover": False, "noloadbalance": False},
    }
