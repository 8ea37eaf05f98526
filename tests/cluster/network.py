"""The machines of the cluster: network namespaces on one bridge, and the programs in them."""

import os
import signal
import subprocess
from pathlib import Path

MACHINES = {
    "etcd": "10.77.0.1",
    "db1": "10.77.0.11",
    "db2": "10.77.0.12",
    "db3": "10.77.0.13",
    "proxy": "10.77.0.20",
    "node1": "10.77.0.31",
    "node2": "10.77.0.32",
}
# The address of this process, which is on the bridge itself.
OWN_ADDRESS = "10.77.0.254"
# A link-layer address that no machine has.
NO_MACHINE = "02:00:00:00:00:01"


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


def build():
    """Creates the bridge and the namespaces. The namespaces of this process end with it, and these with them."""
    ip("link", "set", "lo", "up")
    ip("link", "add", "bridge0", "type", "bridge")
    ip("address", "add", f"{OWN_ADDRESS}/24", "dev", "bridge0")
    ip("link", "set", "bridge0", "up")
    for machine, address in MACHINES.items():
        ip("netns", "add", machine)
        ip("link", "add", port(machine), "type", "veth", "peer", "name", "eth0", "netns", machine)
        ip("link", "set", port(machine), "master", "bridge0", "up")
        ip("-n", machine, "address", "add", f"{address}/24", "dev", "eth0")
        ip("-n", machine, "link", "set", "lo", "up")
        ip("-n", machine, "link", "set", "eth0", "up")


def port(machine):
    """The port of the bridge to which a machine is connected."""
    return f"to-{machine}"


def disconnect(machine):
    """Pulls the plug: packets vanish, and no connection is reset."""
    ip("link", "set", port(machine), "down")


def connect(machine):
    ip("link", "set", port(machine), "up")


def deafen(machine, peers):
    """Makes everything vanish that the peers send to the machine. Others still reach it."""
    for peer in peers:
        ip("-n", peer, "neigh", "replace", MACHINES[machine], "lladdr", NO_MACHINE, "nud", "permanent", "dev", "eth0")


def undeafen(machine, peers):
    for peer in peers:
        ip("-n", peer, "neigh", "del", MACHINES[machine], "dev", "eth0")


def start(machine, command, log, user=None, environment=None):
    """Starts a program on a machine, as root or as another user. Its output is appended to the log."""
    line = ["ip", "netns", "exec", machine]
    if user:
        line += ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
    with Path(log).open("ab") as output:
        return subprocess.Popen(
            [*line, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **(environment or {})},
        )


def kill(machine):
    """Kills every process of a machine with SIGKILL."""
    listed = subprocess.run(["ip", "netns", "pids", machine], check=True, capture_output=True, text=True)
    for pid in listed.stdout.split():
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            pass
