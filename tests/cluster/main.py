"""Runs the scenarios against a cluster in this network namespace. `tests/cluster/run` calls it."""

import argparse
import asyncio
import collections
import gc
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import database
import network
import scenarios
from load import RISE, Load, Overload
from nodes import Nodes
from verdict import Verdict

# In this order no server has to come back in between.
QUICK = ["switchover", "kill"]

# The longest median time of a refresh, in seconds, on a machine that carries the rate.
MOST_USUAL = 0.1


def arguments():
    parser = argparse.ArgumentParser(prog="tests/cluster/run", description=__doc__)
    parser.add_argument("scenario", nargs="*", help="the scenarios to run; default: all")
    parser.add_argument("--list", action="store_true", help="print the scenarios")
    parser.add_argument("--quick", action="store_true", help=f"only {' and '.join(QUICK)}, in about a minute")
    parser.add_argument("--signet", metavar="FILE", help="the program; default: it is built")
    parser.add_argument("--rate", type=int, default=1000, help="refreshes a second; default: 1000")
    parser.add_argument("--logins", type=int, default=5, help="logins a second; default: 5")
    parser.add_argument("--way", choices=["servers", "haproxy"], help="the way of the nodes to the database, in all scenarios but pgbouncer")
    parser.add_argument("--logs", metavar="FOLDER", help="copies the logs of all programs there")
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def say(text):
    print(text, flush=True)


async def play(number, name, cluster, nodes, options):
    """Runs a scenario and returns its verdict."""
    scenario = scenarios.SCENARIOS[name]
    way = scenario.way if scenario.way == "pgbouncer" else options.way or scenario.way
    await asyncio.to_thread(cluster.prepare, scenario.synchronous)
    if way == "pgbouncer" and not cluster.bouncer:
        cluster.start_pgbouncer()
    await nodes.start(way)
    await nodes.log_in_admin()
    load = Load(nodes, f"{name}-{number}", options.rate, options.logins)
    await load.prepare()
    load.start()
    await asyncio.sleep(RISE + scenarios.CALM)
    primary = cluster.primary()
    fault = await scenario.inject(cluster, primary)
    await asyncio.sleep(scenarios.CALM)
    await load.stop()
    verdict = Verdict(load, fault, scenario.noticed, may_lose=not scenario.synchronous)
    await verdict.judge(cluster)
    for node in nodes.died():
        verdict.blame(f"{node} has ended")
    return verdict


def report(name, verdict, options):
    load = verdict.load
    refused = f"refused reads {len(verdict.refused)} of {verdict.reads}"
    if verdict.refused:
        refused += f" ({verdict.refused_from:+.1f} to {verdict.refused_to:+.1f} s)"
    say(f"{'FAILED' if verdict.faults else 'ok':9}{name:14} without writes {verdict.without_writes:.1f} s; {refused}; "
        f"lost writes {verdict.lost} of {verdict.confirmed}; a refresh took {verdict.usual * 1000:.0f} ms, "
        f"the slowest answer {verdict.slowest:.1f} s")
    achieved = verdict.refreshes / load.due(load.ended - load.began)
    if achieved < 0.95 * options.rate or load.overdue > 1 or verdict.usual > MOST_USUAL or verdict.refused_from < -scenarios.RESET:
        say(f"         This machine does not carry {options.rate} refreshes a second: lower it with --rate. It carried "
            f"{achieved:.0f}, and the driver was up to {load.overdue:.1f} s late.")
    busy, processors = os.getloadavg()[0], os.cpu_count()
    if verdict.faults and busy > 2 * processors:
        say(f"         The load average is {busy:.0f} on {processors} processors: repeat this on a machine without other work.")
    # The same fault of many requests is told once.
    counted = collections.Counter(text for _, text in verdict.faults)
    for text, count in counted.most_common(10):
        times = sorted(at for at, what in verdict.faults if what == text)
        say(f"         {times[0]:+.2f} to {times[-1]:+.2f} s, {count} times: {text}")


async def run(options, names):
    folder = Path(options.folder)
    cluster = database.Cluster(folder)
    nodes = Nodes(folder, options.signet)
    failed = []
    try:
        network.build()
        begun = time.monotonic()
        await asyncio.to_thread(cluster.start)
        await asyncio.to_thread(nodes.install, "haproxy")
        say(f"         The cluster runs after {time.monotonic() - begun:.1f} s.")
        for number, name in enumerate(names):
            verdict = await play(number, name, cluster, nodes, options)
            report(name, verdict, options)
            if verdict.faults:
                failed.append(name)
    finally:
        if options.logs:
            Path(options.logs).mkdir(parents=True, exist_ok=True)
            for log in folder.glob("*.log"):
                shutil.copy(log, options.logs)
    return failed


def main():
    options = arguments()
    if options.list:
        for name, scenario in scenarios.SCENARIOS.items():
            kept = "" if scenario.synchronous else " Without synchronous_mode."
            say(f"{name:14} {scenario.text}{kept}")
        return
    unknown = [name for name in options.scenario if name not in scenarios.SCENARIOS]
    if unknown:
        sys.exit(f"Unknown scenarios: {', '.join(unknown)}. See --list.")
    names = options.scenario or (QUICK if options.quick else list(scenarios.SCENARIOS))
    # Only the written settings count.
    for name in [name for name in os.environ if name.startswith("SIGNET_") or name == "DATABASE_URL"]:
        del os.environ[name]
    # Pauses of the collector would be measured as answers that are late.
    gc.disable()
    try:
        failed = asyncio.run(run(options, names))
    except (database.Failure, subprocess.CalledProcessError) as failure:
        say(f"The cluster has failed, which is no fault of Signet: {failure}")
        sys.exit(3)
    except Overload as overload:
        sys.exit(f"This machine does not carry {options.rate} refreshes a second: {overload}. Lower the rate with --rate.")
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
