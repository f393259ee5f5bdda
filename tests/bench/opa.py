"""A plan of 10,000 resources, JSON to verdict: `holdpoint check` against OPA with eight deny rules (deny.rego)."""

import importlib.util
import json
import os
import re
import statistics
import subprocess
import sys
import zipfile

from measure import spread
from plans import check, generate

HERE = os.path.dirname(os.path.abspath(__file__))
COUNT, SHARE = 10_000, 0.1

# OPA as a library, in a process of its own. The document goes to it as bytes: Python neither reads nor writes its JSON.
# Counted: its rules compiled, the document parsed, the rules evaluated; not the interpreter's start, nor the file read.
EVALUATE = """
import ctypes, json, resource, sys, time
library, rules, document = sys.argv[1:]
opa = ctypes.CDLL(library)
opa.OpaNew.restype = ctypes.c_uint64
opa.OpaFreeString.argtypes = [ctypes.c_void_p]
for function, extra in ((opa.OpaAddPolicy, []), (opa.OpaEvalDocument, [ctypes.c_int, ctypes.c_int])):
    function.restype = ctypes.c_void_p
    function.argtypes = [ctypes.c_uint64, ctypes.c_char_p, ctypes.c_char_p, *extra]
def answer(pointer):
    text = ctypes.string_at(pointer)
    opa.OpaFreeString(pointer)
    found = json.loads(text)
    if found.get("error"):
        sys.exit(str(found["error"]))
    return found
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
with open(rules, "rb") as source, open(document, "rb") as plan:
    rules, document = source.read(), plan.read()
engine, before = opa.OpaNew(), peak()
start = time.process_time()
answer(opa.OpaAddPolicy(engine, b"deny.rego", rules))
found = answer(opa.OpaEvalDocument(engine, b"main.deny", document, 0, 0))
spent = time.process_time() - start
print(json.dumps([spent, peak() - before, found["result"][0]["expressions"][0]["value"]]))
"""


def library(given, folder):
    """Where OPA's library is: as given, out of the wheel that was given, as installed, or None."""
    if given and given.endswith(".whl"):
        with zipfile.ZipFile(given) as wheel:
            return wheel.extract("opa_bindings/libopabridge.so", folder)
    if given:
        return os.path.abspath(given)
    found = importlib.util.find_spec("opa_bindings")
    return os.path.join(os.path.dirname(found.origin), "libopabridge.so") if found else None


def version(opa):
    """Which OPA it is: Go writes into a library what it is made of."""
    if opa is None:
        return "not installed"
    before = b""
    with open(opa, "rb") as file:
        # In pieces: the runner's own peak is the least that it can measure of others.
        while piece := file.read(1 << 16):
            found = re.search(rb"open-policy-agent/opa\s+v([0-9.]+)\s", before + piece)
            if found:
                return found[1].decode()
            before = piece[-100:]
    return "of unknown version"


def evaluate(opa, document):
    """CPU seconds, growth of memory in bytes, and what the rules say."""
    command = [sys.executable, "-c", EVALUATE, opa, os.path.join(HERE, "deny.rego"), document]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    if shown.returncode != 0:
        raise RuntimeError(f"OPA: {shown.stderr[-2000:]}")
    return json.loads(shown.stdout)


def prove(opa, folder):
    """That every rule can say no: a plan that breaks each of them once is denied eight times."""
    def change(kind, actions, before=None, after=None):
        return {"address": f"{kind}.this", "mode": "managed", "type": kind,
                "change": {"actions": actions, "before": before, "after": after}}
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Action": ["*"], "Resource": "*"}]})
    world = [{"cidr_blocks": ["0.0.0.0/0"], "from_port": 22, "to_port": 22}]
    changes = [
        change("aws_dynamodb_table", ["delete"], {}),
        change("aws_instance", ["delete", "create"], {}, {}),
        change("aws_neptune_cluster", ["delete"], {"skip_final_snapshot": True}),
        change("aws_rds_cluster", ["update"], {}, {"deletion_protection": False}),
        change("aws_security_group", ["create"], None, {"ingress": world}),
        change("aws_s3_bucket", ["update"], {}, {"acl": "public-read"}),
        change("aws_iam_role", ["create"], None, {"inline_policy": [{"policy": policy}]}),
        change("aws_sqs_queue", ["create"], None, {"tags": {"Team": "search"}}),
    ]
    path = os.path.join(folder, "broken.json")
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"resource_changes": changes}, out)
    denied = evaluate(opa, path)[2]
    if len(denied) != len(changes):
        raise RuntimeError(f"the rules in OPA deny {len(denied)} of {len(changes)}: {denied}")


def measure(holdpoint, opa, folder, rounds, count=COUNT):
    path = generate(folder, count, SHARE)
    size = os.path.getsize(path)
    what = f"check: {count:,} resources, {SHARE:.0%} changed ({size / 1e6:.1f} MB)"
    reach = "<= 0.10" if count >= COUNT else "-"
    if opa is None:
        return [(what, "", "OPA, eight rules", "skipped: neither given (--opa) nor installed", reach)]
    prove(opa, folder)
    ours, theirs, ratios, peaks = [], [], [], []
    for _ in range(rounds):
        usage = check(holdpoint, path)
        spent, peak, _ = evaluate(opa, path)
        ours.append(usage.cpu)
        theirs.append(spent)
        ratios.append(usage.cpu / spent)
        peaks.append(usage.peak / peak)
    return [
        (what, f"{statistics.median(ours) * 1000:.0f} ms CPU", f"OPA, eight rules: {statistics.median(theirs):.1f} s", spread(ratios, 3),
         reach),
        ("  peak memory, ours whole, theirs what the plan adds", "", "OPA", spread(peaks, 3), "-"),
    ]
