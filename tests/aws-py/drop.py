"""Deletes a table by boto3; prints the error as it is given, and after how many retries."""

import json
import sys

import boto3
from botocore.exceptions import ClientError

try:
    answer = boto3.client("dynamodb").delete_table(TableName=sys.argv[1])
    print(json.dumps({"deleted": answer["TableDescription"]["TableName"]}))
except ClientError as error:
    print(json.dumps({**error.response["Error"], "retries": error.response["ResponseMetadata"]["RetryAttempts"]}))
