"""Processor time of processes, and a description of the machine."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def fields(pid):
    """The fields of /proc/PID/stat after the name of the program."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


def seconds(pid):
    """The user and system time of a process."""
    user, system = fields(pid)[11:13]
    return (int(user) + int(system)) / TICKS


def seconds_with_children(pid):
    """The user and system time of a process, of its running children, and of those that it has reaped."""
    total = sum(int(it) for it in fields(pid)[11:15]) / TICKS
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            total += seconds(child)
        except FileNotFoundError:
            # It has ended since, and is counted with its parent from now on.
            pass
    return total


def memory(pid, name):
    """A value of /proc/PID/status in MiB: `VmRSS` is the current memory, `VmHWM` the peak."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def describe():
    """One line about the processors and the load of the machine."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].partition(": ")[2] if models else "an unknown processor"
    return f"{len(os.sched_getaffinity(0))} × {model}, load average {os.getloadavg()[0]:.1f}"
