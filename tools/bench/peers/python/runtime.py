"""The loop of Lambda's runtime, without the logs and traces of the real one: `python runtime.py MODULE`."""

import http.client
import importlib
import json
import os
import sys
import traceback

INVOCATION = "/2018-06-01/runtime/invocation"


def main():
    handler = importlib.import_module(sys.argv[1]).handler
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        api.request("GET", f"{INVOCATION}/next")
        invocation = api.getresponse()
        request_id, event = invocation.headers["lambda-runtime-aws-request-id"], json.loads(invocation.read())
        try:
            outcome, answer = "response", handler(event, None)
        except Exception as error:
            traceback.print_exc()
            outcome, answer = "error", {"errorMessage": str(error), "errorType": type(error).__name__}
        api.request("POST", f"{INVOCATION}/{request_id}/{outcome}", json.dumps(answer).encode())
        api.getresponse().read()


main()
