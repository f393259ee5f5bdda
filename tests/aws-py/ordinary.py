"""Reads and ordinary writes by boto3, with a paginator and a waiter; prints what came of it."""

import json
import sys

import boto3

bucket, table = sys.argv[1:]
s3 = boto3.client("s3")
for number in range(5):
    s3.put_object(Bucket=bucket, Key=f"pages/{number}", Body=b"x")
s3.get_waiter("object_exists").wait(Bucket=bucket, Key="pages/4", WaiterConfig={"Delay": 1, "MaxAttempts": 3})
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="pages/", PaginationConfig={"PageSize": 2})
keys = [[found["Key"] for found in page["Contents"]] for page in pages]
dynamodb = boto3.client("dynamodb")
dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1, "MaxAttempts": 3})
dynamodb.put_item(TableName=table, Item={"id": {"S": "boto3"}, "n": {"N": "1"}})
item = dynamodb.get_item(TableName=table, Key={"id": {"S": "boto3"}})["Item"]
queue = boto3.client("sqs").create_queue(QueueName=f"{bucket}-queue")["QueueUrl"]
boto3.client("sqs").send_message(QueueUrl=queue, MessageBody="hello")
got = boto3.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"]
print(json.dumps({"keys": keys, "n": item["n"]["N"], "got": got}))
