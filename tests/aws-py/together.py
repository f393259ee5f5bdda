"""One process that deletes several tables at once by threads; prints what each was told."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.exceptions import ClientError

client = boto3.client("ec2")


def terminate(instance):
    try:
        client.terminate_instances(InstanceIds=[instance])
        return "done"
    except ClientError as error:
        return error.response["Error"]["Message"]


with ThreadPoolExecutor(10) as pool:
    print(json.dumps(list(pool.map(terminate, sys.argv[1:]))))
