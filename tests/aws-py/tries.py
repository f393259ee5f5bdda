"""One call with a fixed id of its invocation, sent as often as asked; prints each answer. A second argument of `cut`
ends the connection right after the call was sent."""

import http.client
import json
import os
import sys
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

invocation, how = sys.argv[1:]
url = os.environ["AWS_ENDPOINT_URL"]
keys = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
body = json.dumps({"TableName": "orders", "Item": {"id": {"S": "1"}}})
headers = {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Target": "DynamoDB_20120810.PutItem",
    "amz-sdk-invocation-id": invocation,
}
request = AWSRequest("POST", url + "/", headers=headers, data=body)
SigV4Auth(keys, "dynamodb", os.environ["AWS_REGION"]).add_auth(request)
connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
connection.request("POST", "/", body, dict(request.headers))
if how == "cut":
    sys.stdin.readline()
    connection.close()
    print("cut")
else:
    answer = connection.getresponse()
    print(json.dumps({"status": answer.status, "body": answer.read().decode()}))
