"""Serves the book to this machine and no other, at port 8000 or, where that is taken, at another."""

import functools
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


def server(folder, port=8000):
    handler = functools.partial(SimpleHTTPRequestHandler, directory=folder)
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError:
        return ThreadingHTTPServer(("127.0.0.1", 0), handler)


if __name__ == "__main__":
    with server(sys.argv[1]) as httpd:
        print(f"The book: http://localhost:{httpd.server_port}/ (Ctrl+C ends it)", flush=True)
        try:
            httpd.serve_forever()
        except KeyboardInterrupt:
            pass
