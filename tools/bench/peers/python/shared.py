"""What the functions share: the DynamoDB client, and errors as problem documents (RFC 9457)."""

import os
from http import HTTPStatus

import boto3
from botocore.config import Config
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from mangum import Mangum

# Made once, so that all calls of a process share one connection.
dynamodb = boto3.client(
    "dynamodb",
    config=Config(connect_timeout=0.7, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 3}),
)


PROBLEM = "application/problem+json"


class Problem(Exception):
    def __init__(self, status: int, code: str, detail: str, headers: dict[str, str] | None = None):
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail
        self.headers = {"WWW-Authenticate": "Bearer"} if status == 401 else headers


def table(name: str) -> str:
    return os.environ["TABLE_PREFIX"] + name


def read_both(keys: dict[str, dict]) -> list[dict | None]:
    """One item of each table, strongly consistent, in one call. The keys of the dictionary are tables."""
    tables = {table(name): {"Keys": [key], "ConsistentRead": True} for name, key in keys.items()}
    found = dynamodb.batch_get_item(RequestItems=tables)
    if found["UnprocessedKeys"]:
        raise Problem(503, "unavailable", "Try again in a moment.")
    return [next(iter(found["Responses"].get(name, [])), None) for name in tables]


def new_app() -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem):
        body = {
            "type": "about:blank",
            "title": HTTPStatus(error.status).phrase,
            "status": error.status,
            "detail": error.detail,
            "code": error.code,
            "request_id": request.scope["aws.event"]["requestContext"]["requestId"],
        }
        return JSONResponse(body, error.status, error.headers, PROBLEM)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, _: RequestValidationError):
        return await problem(request, Problem(422, "validation_failed", "The input is not valid."))

    return app


def lambda_handler(app: FastAPI) -> Mangum:
    return Mangum(app, lifespan="off", text_mime_types=["application/json", PROBLEM])
