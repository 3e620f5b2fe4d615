"""boto3 as its users have it: configured by environment and profile alone."""

import json
import sys

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError

client = boto3.client("apigateway")
for line in sys.stdin:
    call = json.loads(line)
    try:
        output = getattr(client, xform_name(call["operation"]))(**call["input"])
        metadata = output.pop("ResponseMetadata")
        outcome = {"ok": True, "output": output}
    except ClientError as error:
        metadata = error.response["ResponseMetadata"]
        described = error.response["Error"]
        caught = type(error).__name__
        outcome = {"ok": False, "error": {"name": described["Code"], "message": described["Message"], "caught": caught}}
    print(json.dumps({**outcome, "requestId": metadata.get("RequestId")}, default=str), flush=True)
