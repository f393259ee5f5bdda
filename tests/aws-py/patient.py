"""A write by boto3 that gives up on an answer after a second and tries again, as it does by itself."""

import boto3
from botocore.config import Config

config = Config(read_timeout=1, retries={"mode": "standard", "total_max_attempts": 4})
boto3.client("dynamodb", config=config).put_item(TableName="orders", Item={"id": {"S": "2"}})
print("put")
