"""HTTP/1.1 over raw sockets, many connections in one thread: the generator must cost less than what it measures."""

import json
import selectors
import socket
import time


def request(method, path, token, body=b"", headers=()):
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body or method != "GET":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Connection:
    """One keep-alive connection; at most one request is under way."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer, self.started = b"", 0.0

    def send(self, data):
        self.buffer = b""
        self.started = time.perf_counter()
        self.socket.sendall(data)

    def take(self):
        """`(status, body)` once the answer is whole, else None."""
        chunk = self.socket.recv(1 << 14)
        if not chunk:
            raise ConnectionError("the daemon closed the connection")
        self.buffer += chunk
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return None
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return (int(head.split(b" ", 2)[1]), body) if len(body) >= length else None

    def call(self, data):
        self.send(data)
        while (answer := self.take()) is None:
            pass
        return answer

    def close(self):
        self.socket.close()


def call(port, method, path, token, document=None, headers=()):
    """One request on a connection of its own; the parsed answer, or an error that shows it."""
    body = document if isinstance(document, bytes) else b"" if document is None else json.dumps(document).encode()
    connection = Connection(port)
    try:
        status, answer = connection.call(request(method, path, token, body, headers))
    finally:
        connection.close()
    if status >= 400:
        raise RuntimeError(f"{method} {path}: {status} {answer.decode(errors='replace')[:500]}")
    return json.loads(answer) if answer else None


def saturate(port, clients, seconds, make):
    """Every client sends the next request when it has its answer. Returns the latencies in seconds, and the time."""
    loop, took = selectors.DefaultSelector(), []
    connections = [Connection(port) for _ in range(clients)]
    begin = time.perf_counter()
    end = begin + seconds
    try:
        for connection in connections:
            loop.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(make())
        under_way = len(connections)
        while under_way:
            for key, _ in loop.select():
                connection = key.data
                answer = connection.take()
                if answer is None:
                    continue
                now = time.perf_counter()
                if answer[0] not in (200, 201):
                    raise RuntimeError(f"{answer[0]} {answer[1].decode(errors='replace')[:500]}")
                took.append(now - connection.started)
                if now < end:
                    connection.send(make())
                else:
                    under_way -= 1
        return took, time.perf_counter() - begin
    finally:
        for connection in connections:
            connection.close()
