"""A write by boto3 that gives up on an answer after a second and tries again, as it does by itself."""

import sys

import boto3
from botocore.config import Config

config = Config(read_timeout=1, retries={"mode": "standard", "total_max_attempts": 8})
if sys.argv[1:] == ["terminate"]:
    boto3.client("ec2", config=config).terminate_instances(InstanceIds=["i-0123456789abcdef0"])
else:
    boto3.client("dynamodb", config=config).put_item(TableName="orders", Item={"id": {"S": "2"}})
print("done")
