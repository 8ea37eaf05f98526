"""Bounds the processor time of nodes by control groups, so that a machine with few cores can carry several."""

import os
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
# In microseconds. Short periods let no request wait for long.
PERIOD = 20_000


class Shares:
    """A control group for each node, with the same share of a core. Needs root."""

    def __init__(self, count, share):
        self.groups = []
        quota = int(PERIOD * share)
        is_v1 = (ROOT / "cpu").is_dir()
        for number in range(count if share else 0):
            group = (ROOT / "cpu" if is_v1 else ROOT) / f"signet-bench-{os.getpid()}-{number}"
            group.mkdir()
            self.groups.append(group)
            if is_v1:
                (group / "cpu.cfs_period_us").write_text(str(PERIOD))
                (group / "cpu.cfs_quota_us").write_text(str(quota))
            else:
                (group / "cpu.max").write_text(f"{quota} {PERIOD}")

    def bound(self, nodes):
        """Moves each node into a group of its own, if there is a share."""
        for group, node in zip(self.groups, nodes):
            (group / "cgroup.procs").write_text(str(node.pid))

    def remove(self):
        """Removes the groups, whose nodes have ended."""
        for group in self.groups:
            group.rmdir()
