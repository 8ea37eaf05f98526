"""Nodes of Signet on one database, with a common folder of keys."""

import asyncio
import json
import subprocess
import sys
import time

import machine
from postgres import PASSWORD, ROOT

sys.path.append(str(ROOT / "tests/cluster"))
from client import Client  # noqa: E402

FIRST_PORT = 18080
ADMIN = "admin@example.com"


class Service:
    """The program, its settings and its running nodes."""

    def __init__(self, program, folder, url):
        self.program = program
        self.folder = folder
        self.settings = folder / "signet.toml"
        self.settings.write_text(
            f'issuer = "http://127.0.0.1:{FIRST_PORT}"\ndatabase.url = "{url}"\nkeys.folder = "{folder}/keys"\n'
            'limits.enabled = false\nadmin.enabled = true\nlog.filter = "warn,signet::audit=off"\n'
            # The logins of the preparation wait for a processor together.
            'password.queue = 1000\npassword.queue_timeout = "1m"\ndatabase.timeout = "30s"\ntokens.recent_login = "1h"\n')
        self.nodes = []
        self.run("keys", "generate")
        self.run("migrate")
        self.run("users", "create", ADMIN, "--role", "admin", "--verified", text=PASSWORD + "\n")

    def command(self, *arguments):
        return [self.program, *arguments, "--config", str(self.settings)]

    def run(self, *arguments, text=None):
        """Runs a command of Signet."""
        done = subprocess.run(self.command(*arguments), input=text, capture_output=True, text=True, cwd=self.folder)
        if done.returncode:
            raise SystemExit(f"signet {' '.join(arguments)}: {done.stderr}{done.stdout}")
        return done

    async def start(self, count):
        """Starts nodes at consecutive ports, and returns a client of each."""
        clients = []
        for number in range(count):
            port = FIRST_PORT + number
            command = self.command("serve", "--listen", f"127.0.0.1:{port}")
            quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
            self.nodes.append(subprocess.Popen(command, cwd=self.folder, **quiet))
            clients.append(Client("127.0.0.1", port))
        for client in clients:
            for _ in range(600):
                if (await client.send("GET", "/readyz")).status == 200:
                    break
                await asyncio.sleep(0.1)
            else:
                raise SystemExit("A node does not become ready.")
        return clients

    def seconds(self):
        """The processor time of all nodes."""
        return sum(machine.seconds(node.pid) for node in self.nodes)

    def stop(self):
        for node in self.nodes:
            node.terminate()
        for node in self.nodes:
            node.wait()
        self.nodes.clear()


async def log_in(client, email):
    """Logs a user in and returns the tokens."""
    answer = await client.send("POST", "/login", {"email": email, "password": PASSWORD})
    if answer.status != 200:
        raise SystemExit(f"The login of {email} is answered {answer.status}: {answer.body.decode()}")
    return answer.json()


async def log_in_all(client, emails, at_once=8):
    """Logs users in and returns their refresh tokens."""
    waiting, tokens = iter(emails), []

    async def work():
        for email in waiting:
            tokens.append((await log_in(client, email))["refresh_token"])

    await asyncio.gather(*(work() for _ in range(at_once)))
    return tokens


async def refresh(port, tokens, requests, connections, rate):
    """Sends refreshes to a node over connections that are kept: `rate` of them a second, or as many as it answers."""
    client = Client("127.0.0.1", port)
    numbers = iter(range(requests))
    begun = time.monotonic()

    async def work():
        for number in numbers:
            early = begun + number / rate - time.monotonic() if rate else 0
            if early > 0:
                await asyncio.sleep(early)
            answer = await client.send("POST", "/refresh", {"refresh_token": tokens[number % len(tokens)]})
            if answer.status != 200:
                raise SystemExit(f"A refresh is answered {answer.status}: {answer.body.decode()}")

    await asyncio.gather(*(work() for _ in range(connections)))
    client.close()


def drive():
    """A process that drives one node: it reads its orders from standard input, one a line, and answers each."""
    tokens = json.loads(sys.stdin.readline())
    for line in sys.stdin:
        asyncio.run(refresh(tokens=tokens, **json.loads(line)))
        print("done", flush=True)


class Drivers:
    """A driver for each node, because one process cannot keep several nodes busy."""

    def __init__(self, count, tokens, connections, rate):
        self.connections = connections
        self.rate = rate
        command = [sys.executable, "-B", __file__]
        self.processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)]
        for process in self.processes:
            process.stdin.write(json.dumps(tokens) + "\n")

    def refresh(self, nodes, requests):
        """Sends this number of refreshes to each of the first nodes, and waits for the answers."""
        running = self.processes[:nodes]
        for number, process in enumerate(running):
            order = {
                "port": FIRST_PORT + number, "requests": requests, "connections": self.connections, "rate": self.rate}
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
        for process in running:
            if process.stdout.readline() != "done\n":
                raise SystemExit("A driver has failed.")

    def stop(self):
        for process in self.processes:
            process.stdin.close()
            process.wait()


if __name__ == "__main__":
    drive()
