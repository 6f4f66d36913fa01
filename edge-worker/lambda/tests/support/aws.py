"""SQS and S3 by moto, which check signatures and what a role may do.

Reads one line of JSON, {"roles": {name: statements}}: the policy of each role, in which QUEUE and
BUCKET stand for the ARNs. Where the statements are null they are those of the role in
template.yaml. Prints one line of JSON, and ends with its input.
"""

import json
import logging
import pathlib
import sys

import boto3
import yaml
from moto import settings
from moto.server import ThreadedMotoServer

TEMPLATE = pathlib.Path(__file__).parents[2] / "template.yaml"
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
    roles = json.loads(sys.stdin.readline())["roles"]
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())

    sqs, s3, iam = (client(name, address) for name in ("sqs", "s3", "iam"))
    queue_url = sqs.create_queue(QueueName="telemetry")["QueueUrl"]
    s3.create_bucket(
        Bucket="telemetry", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    sts = client("sts", address)
    environments = {
        name: environment(iam, sts, name, statements or of_template(name))
        for name, statements in roles.items()
    }
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    started = {"address": address, "queueUrl": queue_url, "environments": environments}
    print(json.dumps(started), flush=True)
    sys.stdin.read()


def environment(iam, sts, name, statements):
    """The variables of a function with a role of these statements."""
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy([trust]))
    arns = json.dumps(statements)
    arns = arns.replace("QUEUE", f"arn:aws:sqs:{REGION}:{ACCOUNT}:telemetry")
    arns = arns.replace("BUCKET", "arn:aws:s3:::telemetry")
    document = policy(json.loads(arns))
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)
    assumed = sts.assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="instance")
    given = assumed["Credentials"]
    return {
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


def of_template(role):
    """The statements of a role in template.yaml."""
    text = TEMPLATE.read_text()
    text = text.replace("!GetAtt Queue.Arn", "QUEUE")
    text = text.replace("!GetAtt MessageBucket.Arn", "BUCKET")
    text = text.replace("${MessageBucket.Arn}", "BUCKET")
    yaml.SafeLoader.add_multi_constructor("!", plain)
    policies = yaml.safe_load(text)["Resources"][role]["Properties"]["Policies"]
    statements = [one for each in policies for one in each["PolicyDocument"]["Statement"]]
    # The runtime client of this machine writes no log to CloudWatch.
    return [one for one in statements if "logs:PutLogEvents" not in one["Action"]]


def plain(loader, _, node):
    """What an intrinsic function is given, without its effect."""
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    return loader.construct_mapping(node)


def policy(statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


main()
