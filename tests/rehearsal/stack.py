#!/usr/bin/env python3
"""Creates the stack of template.yaml on moto, an AWS that runs on this machine, and serves it.

AWS's own translator turns the SAM template into CloudFormation, from which moto creates tables, queues, roles,
functions and the secret. OUTPUT.json then has the settings of each function: environment, role, statements, queue. So
the rehearsal can run the functions' binaries with the settings of a deployment, and compare their calls with their
roles. No function is invoked here, because moto would run it in Docker.

Prints `ready` when OUTPUT.json is written, and serves until stdin ends or SIGTERM arrives.
"""

import argparse
import ast
import copy
import io
import json
import logging
import os
import re
import signal
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

REGION = "eu-west-1"
ROOT = Path(__file__).resolve().parents[2]
# Set before the imports, so that moto loads AWS's managed policies, and boto3 finds no credentials of a real account.
os.environ |= {
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "rehearsal",
    "AWS_SECRET_ACCESS_KEY": "rehearsal",
    "NO_PROXY": "127.0.0.1",
}
os.environ.pop("AWS_PROFILE", None)

try:
    import boto3
    from moto.cloudformation.models import Stack
    from moto.cloudformation.parsing import get_model_map
    from moto.core.common_models import CloudFormationModel
    from moto.secretsmanager.models import secretsmanager_backends
    from moto.server import ThreadedMotoServer
    from samtranslator.translator.transform import transform
    from samtranslator.yaml_helper import yaml_parse
except ImportError as error:
    print(f"{error}: pip install -r tests/rehearsal/requirements.txt", file=sys.stderr)
    sys.exit(2)

PARAMETERS = {
    "MailFrom": "no-reply@example.com",
    "LinkBase": "https://app.example.com/account",
    "PasskeyDomain": "example.com",
    "UnverifiedDays": "1",
    "EdgeSecret": "rehearsal-edge-secret-0123456789abcdef",
}
BUCKET = "rehearsal-code"

# Types that moto can't create from a template. A type that is neither here nor known to moto is an error.
DROPPED = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::Logs::MetricFilter",
}

# moto also lists resources that a condition left out, and then fails on them.
Stack.stack_resources = property(lambda stack: [made for made in stack.resource_map.values() if made])


class Failure(Exception):
    """The reason why the stack can't be created."""


class Secret(CloudFormationModel):
    """Lets moto's stacks create secrets. moto finds the class because it is defined."""

    __module__ = "moto.secretsmanager.models"  # where moto looks up the service of a class
    switches = [f"exclude_{kind}" for kind in ("numbers", "punctuation", "uppercase", "lowercase")] + ["include_space"]

    @staticmethod
    def cloudformation_name_type():
        return "Name"

    @staticmethod
    def cloudformation_type():
        return "AWS::SecretsManager::Secret"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **_):
        backend, wanted = secretsmanager_backends[account_id][region_name], cloudformation_json["Properties"]
        options = dict.fromkeys(cls.switches, False)
        options |= {"password_length": 32, "exclude_characters": "", "require_each_included_type": True}
        generate = dict(wanted["GenerateSecretString"])
        template, key = generate.pop("SecretStringTemplate", None), generate.pop("GenerateStringKey", None)
        for name, value in generate.items():
            options[re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()] = value
        password = backend.get_random_password(**options)
        text = json.loads(password)["RandomPassword"]
        if key:
            text = json.dumps({**json.loads(template), key: text})
        created = backend.create_secret(resource_name, text, None, wanted.get("Description"), [], None, None, [], False)
        secret = cls()
        secret.physical_resource_id = json.loads(created)["ARN"]
        return secret


def translate(source):
    """The CloudFormation template that AWS makes of a SAM template."""
    for resource in source["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = f"s3://{BUCKET}/bootstrap.zip"
    # `load` returns managed policies that functions name. They name none, so it is empty.
    return transform(source, dict(PARAMETERS), SimpleNamespace(load=dict))


def fit_for_moto(template):
    """Removes the resources that moto can't create. References to them become `no-<logical id>`."""
    resources, outputs = template["Resources"], template.get("Outputs", {})
    # moto ignores an unknown type silently.
    unknown = {resource["Type"] for resource in resources.values()} - DROPPED - set(get_model_map())
    if unknown:
        raise Failure(f"moto can't create {', '.join(sorted(unknown))}: DROPPED doesn't list it")
    gone = {name for name, resource in resources.items() if resource["Type"] in DROPPED}
    for kind in sorted({resources[name]["Type"] for name in gone}):
        print(f"dropped {kind}", file=sys.stderr)
    in_text = re.compile(r"\$\{(" + "|".join(sorted(gone) or ["-"]) + r")(\.[^}]*)?\}")

    def fit(node):
        if isinstance(node, dict):
            target = node.get("Ref") or (node.get("Fn::GetAtt") or [None])[0]
            if len(node) == 1 and isinstance(target, str) and target in gone:
                return f"no-{target}"
            return {key: fit(value) for key, value in node.items()}
        if isinstance(node, list):
            return [fit(item) for item in node]
        return in_text.sub(r"no-\1", node) if isinstance(node, str) else node

    template["Resources"] = {name: fit(resource) for name, resource in resources.items() if name not in gone}
    template["Outputs"] = {name: output for name, output in outputs.items() if fit(output) == output}
    for name in sorted(set(outputs) - set(template["Outputs"])):
        print(f"dropped output {name}", file=sys.stderr)
    return template


def prepare(client, template):
    """Uploads the code and the template, and verifies the sender of mails."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("bootstrap", "")
    client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    client("s3").put_object(Bucket=BUCKET, Key="bootstrap.zip", Body=archive.getvalue())
    client("sesv2").create_email_identity(EmailIdentity=PARAMETERS["MailFrom"])
    # Through S3, as `sam deploy` does, because the template is too long for a call.
    client("s3").put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps(template).encode())


def create(client, template, stack):
    given = {name: value for name, value in PARAMETERS.items() if name in template["Parameters"]}
    cloudformation, iam = client("cloudformation"), client("iam")
    cloudformation.create_stack(
        StackName=stack,
        TemplateURL=f"https://{BUCKET}.s3.amazonaws.com/template.json",
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    waiter = cloudformation.get_waiter("stack_create_complete")
    waiter.wait(StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    # moto's stacks omit a role's managed policies, and store its other policies as Python text instead of JSON.
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::IAM::Role":
            role = cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId=name)
            role = role["StackResourceDetail"]["PhysicalResourceId"]
            for arn in resource["Properties"].get("ManagedPolicyArns", []):
                iam.attach_role_policy(RoleName=role, PolicyArn=arn)
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
                kept = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
                if isinstance(kept, str):
                    kept = json.dumps({"Version": "2012-10-17"} | ast.literal_eval(kept))
                    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=kept)


def resources(client, stack):
    """The physical id of each resource of a stack."""
    pages = client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    made = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in made}


def describe(client, template, stack):
    """The settings that the stack gave each function."""
    cloudformation, functions, events = client("cloudformation"), client("lambda"), client("events")
    iam, sqs = client("iam"), client("sqs")
    made = resources(client, stack)
    sources = functions.list_event_source_mappings()["EventSourceMappings"]
    for mapping in sources:
        # moto would hand messages to functions in Docker. The rehearsal hands them to the functions itself.
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    feeds = {mapping["FunctionArn"]: mapping["EventSourceArn"] for mapping in sources}
    rules = [rule["Name"] for rule in events.list_rules()["Rules"] if rule.get("ScheduleExpression")]
    targets = [target["Arn"] for rule in rules for target in events.list_targets_by_rule(Rule=rule)["Targets"]]
    described = {}
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        if name not in made:
            raise Failure(f"the stack has no {name}")
        function = functions.get_function_configuration(FunctionName=made[name])
        role = function["Role"].split("/")[-1]
        statements = []
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            found = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]["Statement"]
            statements += found if isinstance(found, list) else [found]
        managed = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        if queue := feeds.get(function["FunctionArn"]):
            queue = {"url": sqs.get_queue_url(QueueName=queue.split(":")[-1])["QueueUrl"], "arn": queue}
        described[name] = {
            "binary": re.sub("(?<!^)(?=[A-Z])", "_", name).lower(),
            "function_name": function["FunctionName"],
            # CloudFormation passes numbers on as text.
            "environment": {name: str(value) for name, value in function.get("Environment", {}).get("Variables", {}).items()},
            "timeout": function["Timeout"],
            "memory": function["MemorySize"],
            "role": role,
            "managed_policies": [policy["PolicyArn"] for policy in managed],
            "statements": statements,
            "queue": queue,
            "scheduled": function["FunctionArn"] in targets,
        }
    outputs = cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
    return {"functions": described, "resources": made, "outputs": {output["OutputKey"]: output["OutputValue"] for output in outputs}}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("output", type=Path, metavar="OUTPUT.json")
    arguments.add_argument("--template", type=Path, default=ROOT / "template.yaml")
    arguments.add_argument("--stack", default="rehearsal")
    arguments.add_argument("--neighbour", default="neighbour", help="another stack in the same account and region")
    arguments = arguments.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        endpoint = "http://127.0.0.1:{}".format(server.get_host_and_port()[1])
        text = arguments.template.read_text()
        translated = translate(yaml_parse(text))
        template = fit_for_moto(copy.deepcopy(translated))
        client = lambda service: boto3.client(service, endpoint_url=endpoint)
        prepare(client, template)
        create(client, template, arguments.stack)
        made = describe(client, template, arguments.stack)
        create(client, template, arguments.neighbour)
        made["neighbour"] = resources(client, arguments.neighbour)
        made = {"endpoint": endpoint, "region": REGION, "stack": arguments.stack} | made
        made["template"] = translated
        part = arguments.output.with_name(arguments.output.name + ".part")
        part.write_text(json.dumps(made, indent=2) + "\n")
        part.replace(arguments.output)
        print("ready", flush=True)
        sys.stdin.buffer.read()
    except Exception as error:
        sys.exit(f"no stack: {type(error).__name__}: {' '.join(str(error).split())}")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
