// `GET /v1/products/{product_id}`: anyone reads one product.

import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import middy from "@middy/core";
import { Problem, dynamodb, json, problems, table } from "./shared.mjs";

export const handler = middy()
  .use(problems())
  .handler(async (event) => {
    const Key = { id: { S: event.pathParameters.product_id } };
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName: table("products"), Key, ConsistentRead: true }),
    );
    if (!Item) throw new Problem(404, "not_found", "There is no such resource.");
    return json({
      id: Item.id.S,
      name: Item.name.S,
      price: Number(Item.price.N).toFixed(2),
      created_at: new Date(Number(Item.created_at.N)).toISOString(),
    });
  });
