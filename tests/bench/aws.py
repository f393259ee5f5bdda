"""The AWS gateway: one small read against proxies that neither verify nor sign, writes with their record, a large object."""

import contextlib
import json
import os
import shutil
import statistics

import aws_object
import aws_proxies
import aws_writes
from aws_load import load, program
from aws_signed import Signer, reads, save
from daemon import Daemon, free_port
from measure import run, spread
from wire import call

# An object that is read again finds its verdict remembered, a new one does not.
OBJECTS = 1_000
CALLS = 4_000
# More than are remembered, so that none is found in the next turn either.
NEW = 50_000
OPPONENTS = {"nginx proxy_pass": aws_proxies.nginx_proxy, "Envoy with ext_authz": aws_proxies.envoy, "mitmproxy with an add-on": aws_proxies.mitmproxy}
PROGRAMS = {"nginx proxy_pass": "nginx", "Envoy with ext_authz": "envoy", "mitmproxy with an add-on": "mitmdump"}


class Gateway:
    """A daemon whose gateway sends everything to the stand-in, and the key of its demo agent."""

    def __init__(self, holdpoint, folder, name, behind):
        self.port = free_port()
        settings = f'[aws]\nlisten = "127.0.0.1:{self.port}"\nupstream = "http://127.0.0.1:{behind}"\nlook_ups = false\naccount = "123456789012"\n'
        self.daemon = Daemon(holdpoint, os.path.join(folder, name), settings)
        try:
            self.daemon.start()
        except RuntimeError:
            self.daemon.stop()
            raise
        with open(os.path.join(self.daemon.folder, "demo.json"), encoding="utf-8") as demo:
            agent = json.load(demo)["tokens"]["demo-agent"]
        key = call(self.daemon.port, "POST", "/v1/agents/self/keys", agent, {})
        self.signer = Signer(key["access_key_id"], key["secret_access_key"], f"127.0.0.1:{self.port}")

    @property
    def pids(self):
        """Its own process, and its Postgres with all that serve in it."""
        return [self.daemon.pid, self.daemon.postgres_pid]


def measure(holdpoint, recognise, folder, rounds, seconds):
    if program() is None or not os.path.exists("/usr/sbin/nginx") and shutil.which("nginx") is None:
        return [("the AWS gateway", "", "nginx", "skipped: nginx or wrk is not installed", "")]
    os.makedirs(os.path.join(folder, "objects", "large"))
    behind, sink = aws_proxies.upstream(folder), aws_object.Sink()
    rows = []
    try:
        with gateway(holdpoint, folder, "gateway", behind.port) as one:
            rows += small(one, folder, behind, rounds, seconds)
            rows += aws_object.measure(one, folder, behind, rounds)
            rows += aws_writes.measure(one, folder, rounds, seconds)
        with gateway(holdpoint, folder, "uploads", sink.port) as one:
            rows += aws_object.uploads(one, folder, sink, rounds)
    finally:
        behind.stop()
    return rows + understood(recognise)


@contextlib.contextmanager
def gateway(holdpoint, folder, name, behind):
    one = Gateway(holdpoint, folder, name, behind)
    try:
        yield one
    finally:
        one.daemon.stop()


def small(gateway, folder, behind, rounds, seconds):
    rows, standing = [], {}
    try:
        for name, start in OPPONENTS.items():
            if name != "nginx proxy_pass" and aws_proxies.beside(PROGRAMS[name]) is None:
                rows.append(("one small read", "", name, f"skipped: {PROGRAMS[name]} is not installed", ""))
            else:
                standing[name] = start(folder, behind.port)
        for clients in (1, 16):
            rows += against(gateway, standing, folder, clients, rounds, seconds)
        rows += judged_anew(gateway, folder, rounds, seconds)
    finally:
        for servers in standing.values():
            for server in servers:
                server.stop()
    return rows


def against(gateway, standing, folder, clients, rounds, seconds):
    """Everyone is sent the same bytes, in turn within each round; signed anew for each round, since dates grow old."""
    path, ours, theirs = os.path.join(folder, "reads"), [], {name: [] for name in standing}
    for _ in range(rounds):
        save(path, reads(gateway.signer, CALLS, OBJECTS))
        load(gateway.port, path, clients, 1, gateway.pids)
        ours.append(load(gateway.port, path, clients, seconds, gateway.pids))
        for name, servers in standing.items():
            theirs[name].append(load(servers[0].port, path, clients, seconds, [server.pid for server in servers]))
    rows, what = [], f"one small read, {clients} client(s)"
    middle = lambda loads, of: statistics.median(of(one) for one in loads)
    for name, others in theirs.items():
        ratio = lambda of: spread([of(one) / of(other) for one, other in zip(ours, others)])
        if name.startswith("mitmproxy"):
            rows.append((f"{what}: calls a second", f"{middle(ours, lambda l: l.rate):.0f}/s", f"{name}: {middle(others, lambda l: l.rate):.0f}/s",
                         ratio(lambda l: l.rate), ">= 30"))
        target = {"nginx proxy_pass": "<= 5", "Envoy with ext_authz": "<= 0.5"}.get(name, "-")
        rows.append((f"{what}: CPU", f"{middle(ours, lambda l: l.cost):.0f} us", f"{name}: {middle(others, lambda l: l.cost):.0f} us",
                     ratio(lambda l: l.cost), target))
        for kind, of in (("p50", lambda l: l.p50), ("p99", lambda l: l.p99)):
            rows.append((f"  {kind}", f"{middle(ours, of):.0f} us", f"{name}: {middle(others, of):.0f} us", ratio(of), "-"))
    return rows


def judged_anew(gateway, folder, rounds, seconds):
    """Reads of objects that nobody read before, one client: policy is asked each time."""
    path, known, new = os.path.join(folder, "reads"), [], []
    for _ in range(rounds):
        save(path, reads(gateway.signer, CALLS, OBJECTS))
        load(gateway.port, path, 1, 1, gateway.pids)
        known.append(load(gateway.port, path, 1, seconds, gateway.pids))
        save(path, reads(gateway.signer, NEW, NEW))
        new.append(load(gateway.port, path, 1, seconds, gateway.pids))
    # Half of the calls list tables, whose verdict is remembered all along.
    more = [2 * (one.cost - other.cost) for one, other in zip(new, known)]
    return [("  CPU more where policy is asked", f"{spread(more, 0)} us", "a remembered verdict", "-", "-")]


def understood(program):
    """The time to recognise a call and decode its parameters, and to unpack the index, by the code the gateway runs."""
    corpus = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cases", "aws", "serialised.jsonl.gz")
    if not os.access(program, os.X_OK):
        return [("recognise and decode one call", "", "-", f"skipped: no {program}", "")]
    took, begun = [], []
    for _ in range(5):
        words = run([program, corpus, "0"]).output.split()
        took.append(microseconds(words[words.index("a") - 1]))
        begun.append(microseconds(words[words.index("services") + 2].rstrip(",")) / 1000)
    return [("recognise and decode one call, mean over the operations", f"{spread(took, 1)} us", "-", "-", "<= 20 us"),
            ("the index's part of the start", f"{spread(begun, 1)} ms", "-", "-", "<= 20 ms")]


def microseconds(text):
    for unit, times in (("ns", 1e-3), ("µs", 1), ("ms", 1e3), ("s", 1e6)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * times
    raise RuntimeError(f"no time: {text}")
