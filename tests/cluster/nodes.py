"""The two nodes of Signet: their settings, their start and their users."""

import asyncio
import os
import signal
import subprocess

import network
from client import Client

NODES = ["node1", "node2"]
PASSWORD = "correct horse battery staple"
ADMIN = "admin@example.com"
LOGIN = "signet:signet"
# The settings of the database, by the way to it.
SERVERS = ",".join(f"{network.MACHINES[server]}:5432" for server in ("db1", "db2", "db3"))
PROXY = network.MACHINES["proxy"]
TIMEOUT = 2


def database_settings(way):
    """The settings of `[database]` for a way to the servers."""
    if way == "haproxy":
        return f'url = "postgres://{LOGIN}@{PROXY}:5000/signet"\nreplicas = ["postgres://{LOGIN}@{PROXY}:5001/signet"]\n'
    if way == "pgbouncer":
        return f'url = "postgres://{LOGIN}@{PROXY}:6432/signet"\nstatement_cache = 0\n'
    replicas = ", ".join(f'"postgres://{LOGIN}@{it}/signet"' for it in SERVERS.split(","))
    return f'url = "postgres://{LOGIN}@{SERVERS}/signet"\nreplicas = [{replicas}]\n'


class Nodes:
    def __init__(self, folder, program):
        self.folder = folder
        self.program = program
        self.processes = {}
        self.clients = [Client(network.MACHINES[node]) for node in NODES]
        self.way = None
        self.admin = None

    def settings_file(self, node):
        return self.folder / f"{node}.toml"

    def write_settings(self, node, way):
        address = network.MACHINES[node]
        self.settings_file(node).write_text(
            f'issuer = "https://auth.example.com"\nlisten = "{address}:8080"\n'
            f'limits.enabled = false\nadmin.enabled = true\n'
            f'tokens.recent_login = "1h"\ntokens.access_lifetime = "15m"\n'
            # The first failures matter here, and the driver has a connection for each request that waits.
            f'http.max_connections = 16384\npassword.queue = 1000\nmetrics.listen = "{address}:9090"\n'
            f'log.filter = "warn,signet::audit=off"\nkeys.folder = "{self.folder}/keys"\n'
            f'[database]\ntimeout = "{TIMEOUT}s"\n{database_settings(way)}'
        )

    def command(self, node, *arguments):
        return [str(self.program), *arguments, "--config", str(self.settings_file(node))]

    def run(self, *arguments, password=None):
        """Runs a command of Signet on the first node and returns its output."""
        command = ["ip", "netns", "exec", NODES[0], *self.command(NODES[0], *arguments)]
        done = subprocess.run(command, input=password, capture_output=True, text=True, cwd=self.folder)
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stderr}{done.stdout}")
        return done.stdout

    def install(self, way):
        """Creates the keys, the schema and an admin."""
        for node in NODES:
            self.write_settings(node, way)
        self.run("keys", "generate")
        self.run("migrate")
        self.run("users", "create", ADMIN, "--role", "admin", "--verified", password=PASSWORD + "\n")

    async def start(self, way):
        """Starts both nodes on a way to the database, if they do not run on it already."""
        if self.way == way:
            return
        self.stop()
        for node in NODES:
            self.write_settings(node, way)
            log = self.folder / f"{node}.log"
            self.processes[node] = network.start(node, self.command(node, "serve"), log)
        for client in self.clients:
            await self.until_ready(client)
        self.way = way

    async def log_in_admin(self):
        answer = await self.clients[0].send("POST", "/login", {"email": ADMIN, "password": PASSWORD})
        self.admin = answer.json()["access_token"]

    async def until_ready(self, client):
        for _ in range(300):
            if (await client.send("GET", "/readyz")).status == 200:
                return
            await asyncio.sleep(0.1)
        raise RuntimeError(f"the node at {client.address} does not become ready")

    def stop(self):
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            process.wait()
        for client in self.clients:
            client.close()
        self.processes.clear()
        self.way = None

    def died(self):
        """The nodes that have ended by themselves."""
        return [node for node, process in self.processes.items() if process.poll() is not None]
