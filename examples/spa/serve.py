"""Serves index.html on http://127.0.0.1:3000, also at the paths of mailed links.

python3 examples/spa/serve.py
"""

from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LINKS = {"/signup/confirm", "/login/link/confirm", "/password/reset", "/email/confirm"}


class Handler(SimpleHTTPRequestHandler):
    def send_head(self):
        if self.path.partition("?")[0] in LINKS:
            self.path = "/index.html"
        return super().send_head()

    def __init__(self, *arguments):
        super().__init__(*arguments, directory=Path(__file__).parent)


ThreadingHTTPServer(("127.0.0.1", 3000), Handler).serve_forever()
