"""Requests that are not as they should be, each sent as it is; prints status and body of each by name."""

import datetime
import json
import os
import socket
import sys
from unittest import mock
from urllib.parse import urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

bucket = sys.argv[1]
url, region = os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_REGION"]
keys = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
answers = {}


def send(name, method, target, headers, body=b"", host=None, more=()):
    """Writes the bytes as they are: a library would mend them."""
    lines = [f"{method} {target} HTTP/1.1", f"host: {host or urlsplit(url).netloc}", "connection: close"]
    lines += [f"{key}: {value}" for key, value in headers if key.lower() != "host"]
    lines += more
    lines += [f"content-length: {len(body)}", "", ""]
    with socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=30) as stream:
        stream.sendall("\r\n".join(lines).encode() + body)
        got = b""
        while part := stream.recv(65536):
            got += part
    head, _, body = got.partition(b"\r\n\r\n")
    answers[name] = [int(head.split(b" ")[1]), body.decode()]


def signed(keys=keys, body="Action=CreateVpc&Version=2016-11-15&CidrBlock=10.9.0.0%2F16", service="ec2", late=0):
    request = AWSRequest("POST", url + "/", headers={"Content-Type": "application/x-www-form-urlencoded"}, data=body)
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=late)
    with mock.patch("botocore.auth.get_current_datetime", lambda: moment.replace(tzinfo=None)):
        SigV4Auth(keys, service, region).add_auth(request)
    return list(request.headers.items()), request.data if isinstance(request.data, bytes) else request.data.encode()


headers, body = signed()
send("unsigned", "POST", "/", [pair for pair in headers if pair[0] != "Authorization"], body)
send("another body", "POST", "/", headers, body.replace(b"10.9.0.0", b"10.8.0.0"))
send("another host", "POST", "/", headers, body, host="ec2.us-east-1.amazonaws.com")
send("two hosts", "POST", "/", headers, body, more=["hOST: s3.amazonaws.com"])
send("another path", "POST", "/other", headers, body)
other = [(key, value.replace(f"/{region}/", "/us-east-1/")) for key, value in headers]
send("another region", "POST", "/", other, body)
send("an addition", "POST", "/?Action=TerminateInstances", headers, body)
headers, body = signed(keys=Credentials("HPKNOBODYHASTHISKEY7", keys.secret_key))
send("unknown key", "POST", "/", headers, body)
headers, body = signed(keys=Credentials("AKIDOFTHEDAEMONALONE", "theRealSecret/OfTheDaemonAlone+000000001"))
send("the real key", "POST", "/", headers, body)
headers, body = signed(keys=Credentials(keys.access_key, "another-secret"))
send("wrong secret", "POST", "/", headers, body)
headers, body = signed(late=-3600)
send("an hour ago", "POST", "/", headers, body)
headers, body = signed(late=3600)
send("in an hour", "POST", "/", headers, body)
headers, body = signed(body="Action=CreateVpc&Version=2016-11-15&CidrBlock=10.11.0.0%2F16", late=-20)
send("at first", "POST", "/", headers, body)
send("sent again", "POST", "/", headers, body)


def presigned(config, method, expires=300):
    s3 = boto3.client("s3", config=config, endpoint_url=url)
    made = s3.generate_presigned_url(method, {"Bucket": bucket, "Key": "presigned.txt"}, ExpiresIn=expires)
    parts = urlsplit(made)
    return f"{parts.path}?{parts.query}"


send("version 2", "GET", presigned(Config(signature_version="s3"), "get_object"), [])
good = Config(signature_version="s3v4")
send("presigned put", "PUT", presigned(good, "put_object"), [], b"by a URL")
send("presigned get", "GET", presigned(good, "get_object"), [])
send("presigned for something else", "GET", presigned(good, "get_object").replace("presigned.txt", "other.txt"), [])
ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=600)
with mock.patch("botocore.auth.get_current_datetime", lambda: ago.replace(tzinfo=None)):
    expired = presigned(good, "get_object")
send("presigned, expired", "GET", expired, [])
print(json.dumps(answers))
