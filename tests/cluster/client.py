"""A small HTTP/1.1 client: one that does much better known would take a whole core for 1,000 requests a second."""

import asyncio
import json
import time

TIMEOUT = 30


class Answer:
    def __init__(self, status, headers=None, body=b""):
        self.status = status
        self.headers = headers or {}
        self.body = body

    def json(self):
        return json.loads(self.body)

    def code(self):
        """The code of a problem document."""
        try:
            return self.json().get("code", "")
        except ValueError:
            return ""


class Connection(asyncio.Protocol):
    """A connection with one request at a time."""

    def __init__(self):
        self.buffer = b""
        self.answered = None
        self.is_open = True

    def connection_made(self, transport):
        self.transport = transport

    def send(self, request):
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.answered

    def data_received(self, data):
        self.buffer += data
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return
        self.buffer = b""
        if headers.get("connection") == "close":
            self.transport.close()
            self.is_open = False
        if self.answered and not self.answered.done():
            self.answered.set_result(Answer(int(lines[0].split(" ")[1]), headers, rest))

    def connection_lost(self, error):
        self.is_open = False
        if self.answered and not self.answered.done():
            self.answered.set_exception(error or ConnectionError("closed without an answer"))


class Client:
    """A client of one node, which keeps its connections open."""

    def __init__(self, address, port=8080):
        self.address = address
        self.port = port
        self.idle = []

    async def send(self, method, path, body=None, token=None):
        """Sends a request. Without an answer the status is 0 and the body says why."""
        text = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: auth.example.com\r\n"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n"
        if token:
            head += f"Authorization: Bearer {token}\r\n"
        request = head.encode() + b"\r\n" + text
        connection = None
        try:
            async with asyncio.timeout(TIMEOUT):
                connection = await self.connection()
                answer = await connection.send(request)
        except (OSError, TimeoutError) as error:
            if connection:
                connection.transport.close()
            return Answer(0, body=repr(error).encode())
        if connection.is_open:
            self.idle.append((time.monotonic(), connection))
        return answer

    async def connection(self):
        while self.idle:
            used, connection = self.idle.pop()
            # The service closes connections that are idle for longer.
            if connection.is_open and time.monotonic() - used < 30:
                return connection
            connection.transport.close()
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, self.address, self.port)
        return connection

    def close(self):
        for _, connection in self.idle:
            connection.transport.close()
        self.idle.clear()
