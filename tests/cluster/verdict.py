"""What a scenario measured, and whether that is right."""

import database

READS = ("refresh", "login", "renewed")
WRITES = ("create", "change", "password")


def percentile(values, share):
    values = sorted(values)
    return values[min(int(len(values) * share), len(values) - 1)] if values else 0.0


class Verdict:
    """The results of one scenario. `fault` is the time of the fault, and requests that began until `noticed` seconds
    later count as in flight to the server that failed."""

    def __init__(self, load, fault, noticed, may_lose):
        self.load = load
        self.fault = fault
        self.noticed = noticed
        self.may_lose = may_lose
        self.faults = []
        self.lost = 0
        self.confirmed = 0

    async def judge(self, cluster):
        records = self.load.records
        for record in records:
            if record.fault and not (self.may_lose and record.kind in ("renewed", "password", "either")):
                self.blame(record.fault, record.began)
        reads = [it for it in records if it.kind in READS]
        self.refused = [it for it in reads if it.first != 200]
        for record in self.refused:
            if not self.is_in_flight(record):
                self.blame(f"a good {record.kind} was not in flight at the fault and got {record.first}", record.began)
        self.reads = len(reads)
        times = [it.began - self.fault for it in self.refused]
        self.refused_from, self.refused_to = min(times, default=0.0), max(times, default=0.0)
        self.without_writes = self.longest_gap()
        self.refreshes = len([it for it in records if it.kind == "refresh"])
        before = [it.ended - it.began for it in records if it.kind == "refresh" and it.began < self.fault]
        self.usual = percentile(before, 0.5)
        self.slowest = max((it.first_ended - it.began for it in reads), default=0.0)
        await self.count_lost(cluster)
        if self.lost and not self.may_lose:
            self.blame(f"{self.lost} confirmed changes are lost")

    def blame(self, text, at=None):
        self.faults.append(((at or self.fault) - self.fault, text))

    def is_in_flight(self, record):
        return record.began <= self.fault + self.noticed and record.first_ended >= self.fault

    def longest_gap(self):
        """The longest time between two confirmed changes."""
        times = sorted(it.ended for it in self.load.records if it.kind in WRITES and it.status in (200, 201))
        times = [it for it in times if it > self.fault - 1]
        return max((later - earlier for earlier, later in zip(times, times[1:])), default=float("inf"))

    async def count_lost(self, cluster):
        """Compares what was confirmed with what the present primary has."""
        load = self.load
        rows = database.sql(cluster.primary(), f"SELECT email, name FROM users WHERE email LIKE '{load.name}-%'")
        names = dict(row.split("|", 1) for row in rows)
        self.confirmed += len(load.created)
        self.lost += len([email for email in load.created if email not in names])
        for writer in load.writers:
            last = int(names.get(writer.email) or 0)
            self.confirmed += len(writer.confirmed)
            self.lost += len([number for number, _ in writer.confirmed if number > last])
        for changer in load.changers:
            self.confirmed += 1
            if not await self.logs_in(changer):
                self.lost += 1

    async def logs_in(self, user):
        for password in filter(None, (user.password, user.pending)):
            body = {"email": user.email, "password": password}
            if (await self.load.client().send("POST", "/login", body)).status == 200:
                return True
        return False
