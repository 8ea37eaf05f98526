"""The load: refreshes, logins and changes at both nodes, and a record of every answer."""

import asyncio
import itertools
import time

from nodes import PASSWORD

READERS = 20
WRITERS = 10
CHANGERS = 5
# The time after which a client gives up.
PATIENCE = 45
# The longest pause before a repetition, whatever `Retry-After` says.
LONGEST_PAUSE = 5
TICK = 0.01
# The most requests without an answer. Each has a connection, and a process may have 20,000 files open.
MOST_WAITING = 8000
# The time in which the rates rise to their values: the nodes open their connections meanwhile.
RISE = 2


def describe(answer):
    """The status with the code of the problem, or what happened instead of an answer."""
    return f"{answer.status} {answer.code() or answer.body[:100]!r}"


class Overload(Exception):
    """The machine does not carry the load."""


class Record:
    """A request with its repetitions."""

    __slots__ = ("kind", "began", "first", "first_ended", "ended", "status", "attempts", "fault")

    def __init__(self, kind):
        self.kind = kind
        self.began = time.monotonic()
        self.attempts = 0
        self.fault = None


class User:
    def __init__(self, email):
        self.email = email
        self.password = PASSWORD
        # A password whose change was not confirmed.
        self.pending = None
        self.access = None
        self.refresh = None
        # The numbers whose change was confirmed.
        self.confirmed = []

    def keep(self, answer):
        tokens = answer.json()
        self.access, self.refresh = tokens["access_token"], tokens["refresh_token"]


class Load:
    def __init__(self, nodes, name, rate, logins):
        self.nodes = nodes
        self.rate = rate
        self.logins = logins
        self.records = []
        self.created = []
        self.is_running = False
        self.broken = None
        self.tasks = set()
        self.turn = itertools.count()
        self.overdue = 0.0
        self.readers = [User(f"{name}-reader-{number}@example.com") for number in range(READERS)]
        self.writers = [User(f"{name}-writer-{number}@example.com") for number in range(WRITERS)]
        self.changers = [User(f"{name}-changer-{number}@example.com") for number in range(CHANGERS)]
        self.name = name

    async def prepare(self):
        """Creates the users and logs them in."""
        for user in self.readers + self.writers + self.changers:
            body = {"email": user.email, "password": user.password}
            created = await self.client().send("POST", "/admin/users", body, self.nodes.admin)
            answer = await self.client().send("POST", "/login", body)
            if (created.status, answer.status) != (201, 200):
                raise RuntimeError(f"{user.email}: {created.status}, {answer.status} {answer.body}")
            user.keep(answer)

    def client(self):
        """The nodes in turn."""
        return self.nodes.clients[next(self.turn) % len(self.nodes.clients)]

    def start(self):
        self.is_running = True
        self.began = time.monotonic()
        self.spawn(self.read_forever())
        self.spawn(self.create_forever())
        for writer in self.writers:
            self.spawn(self.write_forever(writer))
        for changer in self.changers:
            self.spawn(self.change_forever(changer))

    async def stop(self):
        """Ends the load after the last repetition."""
        self.is_running = False
        self.ended = time.monotonic()
        while self.tasks:
            await asyncio.wait(self.tasks)
        if self.broken:
            raise self.broken

    def spawn(self, work):
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.finished)

    def finished(self, task):
        self.tasks.discard(task)
        if not task.cancelled() and task.exception():
            # A fault of the driver itself.
            self.broken = self.broken or task.exception()

    async def call(self, kind, method, path, body, token=None, right=(200,), pause=None):
        """Sends a request, and repeats it at the next node while it is answered 503."""
        record = Record(kind)
        while True:
            answer = await self.client().send(method, path, body, token)
            record.ended = time.monotonic()
            record.attempts += 1
            if record.attempts == 1:
                record.first, record.first_ended = answer.status, record.ended
            if answer.status == 503 and "retry-after" not in answer.headers:
                record.fault = f"{method} {path}: 503 without Retry-After"
            if answer.status != 503 or record.ended - record.began > PATIENCE:
                break
            await asyncio.sleep(min(float(answer.headers.get("retry-after", 1)), LONGEST_PAUSE, pause or LONGEST_PAUSE))
        record.status = answer.status
        # A repetition may find its own work done.
        done = record.attempts > 1 and (answer.status, answer.code()) == (409, "address_taken")
        if answer.status not in right and not done:
            record.fault = record.fault or f"{method} {path}: {answer.status} {answer.code()}"
        self.records.append(record)
        return answer

    async def read_forever(self):
        """Starts refreshes and logins at their rates, also if earlier ones have no answer yet."""
        refreshes = logins = 0
        while self.is_running:
            elapsed = time.monotonic() - self.began
            due = self.due(elapsed)
            while refreshes < due * self.rate:
                user = self.readers[refreshes % READERS]
                self.spawn(self.call("refresh", "POST", "/refresh", {"refresh_token": user.refresh}))
                refreshes += 1
            while logins < due * self.logins:
                user = self.readers[logins % READERS]
                self.spawn(self.log_in(user, user.password))
                logins += 1
            if len(self.tasks) > MOST_WAITING:
                raise Overload(f"{len(self.tasks)} requests have no answer after {elapsed:.0f} s of load")
            await asyncio.sleep(TICK)
            self.overdue = max(self.overdue, time.monotonic() - self.began - elapsed - TICK)

    @staticmethod
    def due(elapsed):
        """The seconds of full load after this time."""
        return elapsed**2 / (2 * RISE) if elapsed < RISE else elapsed - RISE / 2

    def log_in(self, user, password, kind="login", right=(200,)):
        return self.call(kind, "POST", "/login", {"email": user.email, "password": password}, right=right)

    async def create_forever(self):
        """Creates a user a second."""
        for number in itertools.count():
            if not self.is_running:
                return
            email = f"{self.name}-new-{number}@example.com"
            body = {"email": email, "password": PASSWORD}
            answer = await self.call("create", "POST", "/admin/users", body, self.nodes.admin, right=(201,))
            if answer.status in (201, 409):
                self.created.append(email)
            await asyncio.sleep(1)

    async def write_forever(self, user):
        """Counts in the name of the user. The short pauses show when changes are possible again."""
        for number in itertools.count(1):
            if not self.is_running:
                return
            body = {"name": str(number)}
            answer = await self.call("change", "PATCH", "/me", body, user.access, pause=0.25)
            if answer.status == 200:
                user.confirmed.append((number, time.monotonic()))
            await asyncio.sleep(0.5)

    async def change_forever(self, user):
        """Changes the password every few seconds, and uses the new one at once."""
        for number in itertools.count(1):
            if not self.is_running:
                return
            await self.change_password(user, f"{PASSWORD} {number}")
            if user.pending:
                return
            await asyncio.sleep(CHANGERS)

    async def change_password(self, user, new):
        body = {"current_password": user.password, "new_password": new}
        user.pending = new
        for attempt in itertools.count(1):
            record = Record("password")
            answer = await self.client().send("PUT", "/password", body, user.access)
            record.attempts, record.first, record.status = 1, answer.status, answer.status
            record.ended = record.first_ended = time.monotonic()
            if attempt > 1 and answer.status in (401, 403):
                return
            if answer.status not in (200, 503):
                record.fault = f"PUT /password: {describe(answer)}"
            self.records.append(record)
            if answer.status == 200:
                break
            # After a 503 the change may have happened, which ends the session. Either password is right then, also later:
            # a server that has just lost its role may show a change that the next primary does not have.
            await asyncio.sleep(1)
            answer = await self.log_in(user, user.password, "either", right=(200, 401))
            if answer.status != 200:
                return
            user.keep(answer)
        user.password, user.pending = new, None
        user.keep(answer)
        await self.call("renewed", "POST", "/refresh", {"refresh_token": user.refresh})
        await self.log_in(user, new, "renewed")
