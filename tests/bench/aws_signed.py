"""AWS calls as clients send them, signed with Signature Version 4 before they are needed."""

import datetime
import hashlib
import hmac
import struct

REGION = "us-east-1"
AGENT = ("aws-cli/2.27.0 md/awscrt#0.26.1 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.13.2 md/pyimpl#CPython "
         "cfg/retry-mode#standard md/prompt#off sid/5f0c1d7a92be")


class Signer:
    """Signs for one key and one host; the derived keys are kept, since tens of thousands of calls are signed."""

    def __init__(self, key_id, secret, host):
        self.key_id, self.secret, self.host = key_id, secret, host
        self.derived = {}

    def key(self, day, service):
        if (day, service) not in self.derived:
            key = b"AWS4" + self.secret.encode()
            for part in (day, REGION, service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self.derived[day, service] = key
        return self.derived[day, service]

    def request(self, number, service, method, path, headers, body=b"", payload=None):
        """The bytes of one request. `payload` is the SHA-256 of a body that is not in them, with its `content-length`
        among the headers; the number makes the invocation's id."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        hashed = payload or hashlib.sha256(body).hexdigest()
        signed = {"host": self.host, "x-amz-date": now, **headers}
        if service == "s3":
            signed["x-amz-content-sha256"] = hashed
        names = sorted(name for name in signed if name not in ("content-length",))
        listed = ";".join(names)
        canonical = "\n".join([method, path, "", *(f"{name}:{signed[name]}" for name in names), "", listed, hashed])
        scope = f"{now[:8]}/{REGION}/{service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self.key(now[:8], service), text.encode(), "sha256").hex()
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in signed.items()),
                 "accept-encoding: identity", f"user-agent: {AGENT}",
                 f"amz-sdk-invocation-id: {number:08x}-7d1c-4b52-9a53-0123456789ab", "amz-sdk-request: attempt=1",
                 f"authorization: AWS4-HMAC-SHA256 Credential={self.key_id}/{scope}, SignedHeaders={listed}, Signature={signature}"]
        if body:
            lines.append(f"content-length: {len(body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def dynamodb(signer, number, operation, body):
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"DynamoDB_20120810.{operation}"}
    return signer.request(number, "dynamodb", "POST", "/", headers, body)


def reads(signer, count, objects):
    """Small reads: every other one lists tables, the others get one of so many objects in turn."""
    for number in range(count):
        if number % 2:
            yield dynamodb(signer, number, "ListTables", b'{"Limit": 100}')
        else:
            yield signer.request(number, "s3", "GET", f"/reports/daily/{number // 2 % objects:06}.json", {})


def item(number):
    """A document of always the same size, never the same twice."""
    about = "Paid by invoice within thirty days; delivered to the address on file. " * 5
    return (f'{{"TableName": "orders", "Item": {{"id": {{"S": "order-{number:012}"}}, "customer": {{"S": "customer-4711"}}, '
            f'"total": {{"N": "129.90"}}, "about": {{"S": "{about}"}}}}}}').encode()


def writes(signer, first, count):
    for number in range(first, first + count):
        yield dynamodb(signer, number, "PutItem", item(number))


def save(path, requests):
    """One file of them for aws_load.lua: the length in four bytes, then the bytes."""
    with open(path, "wb") as out:
        for request in requests:
            out.write(struct.pack("<I", len(request)) + request)
