"""A large object through the gateway and through nginx, in both directions: throughput, CPU, and the gateway's memory."""

import hashlib
import os
import socket
import statistics
import threading
import time

import aws_proxies
from measure import cpu, spread

SIZE = 1 << 30
SMALL = 64 << 20
BLOCK = 1 << 20


class Sink:
    """Takes uploads, reads them to their end and answers 200: what nginx alone would answer before it has read."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.take, args=(connection,), daemon=True).start()

    def take(self, connection):
        with connection:
            while (found := head(connection)) is not None:
                lines, got = found
                left = next(int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")) - len(got)
                drain(connection, left)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\netag: \"0\"\r\n\r\n")


def head(connection):
    """`(lines, what came after)`, or None at the end."""
    got = b""
    while b"\r\n\r\n" not in got:
        piece = connection.recv(1 << 16)
        if not piece:
            return None
        got += piece
    lines, _, rest = got.partition(b"\r\n\r\n")
    return lines.split(b"\r\n"), rest


def drain(connection, left):
    block = memoryview(bytearray(BLOCK))
    while left:
        count = connection.recv_into(block, min(left, BLOCK))
        if not count:
            raise RuntimeError("an object broke off")
        left -= count


def fetch(port, request, size):
    """Seconds to get the whole object."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        begin = time.perf_counter()
        connection.sendall(request)
        lines, got = head(connection)
        if b" 200 " not in lines[0]:
            raise RuntimeError(f"an object was answered {lines[0].decode()} {got[:300].decode(errors='replace')}")
        drain(connection, size - len(got))
        return time.perf_counter() - begin


def put(port, request, size):
    block = bytes(BLOCK)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        begin = time.perf_counter()
        connection.sendall(request)
        for _ in range(size // BLOCK):
            connection.sendall(block)
        lines, got = head(connection)
        if b" 200 " not in lines[0]:
            raise RuntimeError(f"an upload was answered {lines[0].decode()} {got[:300].decode(errors='replace')}")
        return time.perf_counter() - begin


def peak(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def forget_peak(pid):
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as refs:
        refs.write("5")


def zeros(size):
    digest = hashlib.sha256()
    for _ in range(size // BLOCK):
        digest.update(bytes(BLOCK))
    return digest.hexdigest()


class Way:
    """One direction: what is sent, to whom, and how long and how dear it was."""

    def __init__(self, gateway, other, once, request):
        self.gateway, self.other, self.once, self.request = gateway, other, once, request
        self.number = 0

    def ours(self, size):
        self.number += 1
        return self.weigh(self.gateway.port, self.gateway.daemon.pid, size)

    def theirs(self, size):
        return self.weigh(self.other.port, self.other.pid, size)

    def weigh(self, port, pid, size):
        request, before = self.request(size, self.number), cpu(pid, family=True)
        took = self.once(port, request, size)
        return size / took / 1e6, cpu(pid, family=True) - before


def measure(gateway, folder, behind, rounds):
    for size in (SIZE, SMALL):
        with open(os.path.join(folder, "objects", "large", f"{size}"), "wb") as out:
            out.truncate(size)
    get = lambda size, number: gateway.signer.request(number, "s3", "GET", f"/large/{size}", {})
    [other] = aws_proxies.nginx_proxy(folder, behind.port)
    try:
        return direction("1 GB object read", Way(gateway, other, fetch, get), rounds)
    finally:
        other.stop()


def uploads(gateway, folder, sink, rounds):
    """Under the hash that its signature declares, as clients send it over plain HTTP: the gateway holds the last frame
    back until the hash is right."""
    hashes = {size: zeros(size) for size in (SIZE, SMALL)}

    def request(size, number):
        headers = {"content-type": "application/octet-stream", "content-length": str(size)}
        return gateway.signer.request(number, "s3", "PUT", f"/reports/upload-{number}.bin", headers, payload=hashes[size])

    [other] = aws_proxies.nginx_proxy(folder, sink.port)
    try:
        return direction("1 GB object written", Way(gateway, other, put, request), rounds)
    finally:
        other.stop()


def direction(what, way, rounds):
    pid, rates, costs, ours, theirs = way.gateway.daemon.pid, [], [], [], []
    way.ours(SMALL)
    forget_peak(pid)
    way.ours(SMALL)
    small = peak(pid)
    for _ in range(rounds):
        one, other = way.ours(SIZE), way.theirs(SIZE)
        rates.append(one[0] / other[0])
        costs.append(one[1] / other[1])
        ours.append(one)
        theirs.append(other)
    middle = lambda values, at: statistics.median(value[at] for value in values)
    grown = (peak(pid) - small) / 1e6
    return [(f"{what}: throughput", f"{middle(ours, 0):.0f} MB/s", f"nginx proxy_pass: {middle(theirs, 0):.0f} MB/s", spread(rates), ">= 0.7"),
            ("  CPU", f"{middle(ours, 1):.2f} s", f"nginx proxy_pass: {middle(theirs, 1):.2f} s", spread(costs), "-"),
            ("  peak memory", f"{peak(pid) / 1e6:.1f} MB", f"an object of 64 MB: {small / 1e6:.1f} MB", f"{grown:.1f} MB more", "does not grow")]
