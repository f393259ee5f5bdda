"""Approval to released waiter: long polls against clients that poll every second, on the same daemon."""

import json
import random
import select
import selectors
import statistics
import time

from measure import percentile, spread
from wire import Connection, call, request

INTERVAL = 1.0


def approve(daemon, change, person):
    answer = {"digest": change["digest"], "answer": "approve", "comment": "measured; " + change["headline"]}
    return request("POST", f"/v1/changes/{change['id']}/approvals", person, json.dumps(answer).encode())


def decided(body):
    return json.loads(body)["state"] not in ("submitted", "held")


def held(daemon):
    """A held change that lacks one approval, and the request that gives it."""
    change = daemon.submit()
    if change["state"] != "held":
        raise RuntimeError(f"the plan to wait for is {change['state']}, not held: {change['message']}")
    people = iter(daemon.people)
    missing = sum(item["count"] for item in change["missing"])
    for _ in range(missing - 1):
        path = f"/v1/changes/{change['id']}/approvals"
        body = {"digest": change["digest"], "answer": "approve", "comment": "measured"}
        call(daemon.port, "POST", path, next(people), body)
    return change, approve(daemon, change, next(people))


def waiting(daemon, waiters):
    """How long after the click each waiter was released, in seconds."""
    change, click = held(daemon)
    ask = request("GET", f"/v1/changes/{change['id']}", daemon.pipeline, headers=[("Prefer", "wait=60")])
    connections = {}
    loop = select.epoll()
    for _ in range(waiters):
        connection = Connection(daemon.port)
        connections[connection.socket.fileno()] = connection.socket
        loop.register(connection.socket, select.EPOLLIN)
        connection.send(ask)
    time.sleep(0.5 + waiters / 1000)
    reviewer = Connection(daemon.port)
    took, answers, chunk = [], {}, bytearray(1 << 16)
    # Nothing but reading happens in here: what costs the generator time would be counted as the daemon's.
    clicked = time.perf_counter()
    reviewer.send(click)
    while len(took) < waiters:
        for handle, _ in loop.poll(30) or fail("waiters were not released within 30 s"):
            count = connections[handle].recv_into(chunk)
            if count and chunk[count - 1] == ord("}"):
                took.append(time.perf_counter() - clicked)
            elif not count:
                fail("the daemon closed the connection of a waiter")
            answers[handle] = answers.get(handle, b"") + bytes(chunk[:count])
    for connection in [*connections.values(), reviewer]:
        connection.close()
    for answer in answers.values():
        head, _, body = answer.partition(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0] or not decided(body):
            fail(f"a waiter was answered {answer[:300]!r}")
    return took


def polling(daemon, waiters):
    """The same, for clients that ask once a second, each at its own moment of the second."""
    change, click = held(daemon)
    ask = request("GET", f"/v1/changes/{change['id']}", daemon.pipeline)
    loop, took = selectors.DefaultSelector(), []
    connections = [Connection(daemon.port) for _ in range(waiters)]
    begin = time.perf_counter()
    due = sorted((begin + random.random() * INTERVAL, index) for index in range(waiters))
    for index, connection in enumerate(connections):
        loop.register(connection.socket, selectors.EVENT_READ, (index, connection))
    reviewer, clicked = Connection(daemon.port), None
    click_at = begin + INTERVAL + random.random() * INTERVAL
    while len(took) < waiters:
        now = time.perf_counter()
        if clicked is None and now >= click_at:
            clicked = now
            reviewer.send(click)
        while due and due[0][0] <= now:
            connections[due.pop(0)[1]].send(ask)
        wake = min([due[0][0]] if due else [now + 1], default=now) if clicked else min(click_at, due[0][0] if due else click_at)
        for key, _ in loop.select(timeout=max(0.0, wake - time.perf_counter())):
            index, connection = key.data
            answer = connection.take()
            if answer is None:
                continue
            if decided(answer[1]):
                took.append(time.perf_counter() - clicked)
            else:
                due.append((connection.started + INTERVAL, index))
                due.sort()
        if clicked and time.perf_counter() - clicked > 30:
            fail("pollers were not released within 30 s")
    for connection in [*connections, reviewer]:
        connection.close()
    return took


def fail(why):
    raise RuntimeError(why)


def measure(daemon, rounds):
    rows = []
    for waiters, times in ((1, rounds * 5), (1000, rounds)):
        ours, theirs = [], []
        for _ in range(times):
            ours.append(waiting(daemon, waiters))
            theirs.append(polling(daemon, waiters))
        all_ours = [value for round_ in ours for value in round_]
        all_theirs = [value for round_ in theirs for value in round_]
        sooner = statistics.median(all_theirs) / statistics.median(all_ours)
        shown = f"p50 {statistics.median(all_ours) * 1000:.1f} ms"
        rows.append((f"approval to release, {waiters:,} waiting", shown, "a poll each second", f"{sooner:.0f} x sooner", ">= 100 x"))
        if waiters > 1:
            p99s = [percentile(round_, 0.99) * 1000 for round_ in ours]
            rows.append((f"  p99 of a round, {waiters:,} waiting", f"{spread(p99s, 1)} ms", "-", "-", "<= 25 ms"))
    return rows
