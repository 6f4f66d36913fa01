"""SQS and S3 by moto, which check signatures and what a role may do.

Reads one line of JSON, {"statements": [...]}: the policy of the role, in which QUEUE and BUCKET
stand for the ARNs. Prints one line of JSON, and ends with its input.
"""

import json
import logging
import sys

import boto3
from moto import settings
from moto.server import ThreadedMotoServer

ACCOUNT = "123456789012"
REGION = "eu-west-1"


def client(service, address):
    return boto3.client(
        service,
        endpoint_url=address,
        region_name=REGION,
        aws_access_key_id="AKIASETUP",
        aws_secret_access_key="setup",
    )


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    statements = json.loads(sys.stdin.readline())["statements"]
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())

    sqs, s3, iam = (client(name, address) for name in ("sqs", "s3", "iam"))
    queue_url = sqs.create_queue(QueueName="telemetry")["QueueUrl"]
    s3.create_bucket(
        Bucket="telemetry", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = iam.create_role(
        RoleName="function", AssumeRolePolicyDocument=policy([trust])
    )
    arns = json.dumps(statements)
    arns = arns.replace("QUEUE", f"arn:aws:sqs:{REGION}:{ACCOUNT}:telemetry")
    arns = arns.replace("BUCKET", "arn:aws:s3:::telemetry")
    iam.put_role_policy(
        RoleName="function", PolicyName="p", PolicyDocument=policy(json.loads(arns))
    )
    assumed = client("sts", address).assume_role(
        RoleArn=role["Role"]["Arn"], RoleSessionName="instance"
    )
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    given = assumed["Credentials"]
    environment = {
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
    started = {"address": address, "queueUrl": queue_url, "environment": environment}
    print(json.dumps(started), flush=True)
    sys.stdin.read()


def policy(statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


main()
