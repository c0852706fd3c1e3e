// What the functions share: the DynamoDB client, and errors as problem documents (RFC 9457).

import { STATUS_CODES } from "node:http";
import { BatchGetItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";

// Made once, so that all calls of a process share its connections.
export const dynamodb = new DynamoDBClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 700, requestTimeout: 1000 },
});

export const table = (name) => process.env.TABLE_PREFIX + name;

/** One item of each table, strongly consistent, in one call. The keys of the object are tables. */
export async function readBoth(keys) {
  const names = Object.keys(keys);
  const RequestItems = Object.fromEntries(
    names.map((name) => [table(name), { Keys: [keys[name]], ConsistentRead: true }]),
  );
  const found = await dynamodb.send(new BatchGetItemCommand({ RequestItems }));
  if (Object.keys(found.UnprocessedKeys ?? {}).length > 0) {
    throw new Problem(503, "unavailable", "Try again in a moment.");
  }
  return names.map((name) => found.Responses[table(name)]?.[0]);
}

export class Problem extends Error {
  constructor(status, code, detail, headers = {}) {
    super(code);
    Object.assign(this, { status, code, detail, headers });
    if (status === 401) this.headers = { "www-authenticate": "Bearer" };
  }
}

export const json = (body) => ({
  statusCode: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** A middleware that answers each problem. Other errors are failures. */
export const problems = () => ({
  onError: (request) => {
    // The parser of bodies throws errors with a status of its own.
    const { error } = request;
    const status = error.status ?? error.statusCode;
    if (!status) return;
    const body = {
      type: "about:blank",
      title: STATUS_CODES[status],
      status,
      detail: error.detail ?? "The request can't be read.",
      code: error.code ?? "malformed_request",
      request_id: request.event.requestContext.requestId,
    };
    request.response = {
      statusCode: status,
      headers: { "content-type": "application/problem+json", ...error.headers },
      body: JSON.stringify(body),
    };
  },
});
