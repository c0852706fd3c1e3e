"""`GET /v1/products/{product_id}`: anyone reads one product."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel

from shared import Problem, dynamodb, lambda_handler, new_app, table

app = new_app()


class Product(BaseModel):
    id: str
    name: str
    price: str
    created_at: str


# A process has one request at a time, so a call that blocks keeps nobody waiting, and needs no thread of its own.
@app.get("/v1/products/{product_id}")
async def products_get(product_id: UUID) -> Product:
    key = {"id": {"S": str(product_id)}}
    item = dynamodb.get_item(TableName=table("products"), Key=key, ConsistentRead=True).get("Item")
    if item is None:
        raise Problem(404, "not_found", "There is no such resource.")
    created_at = datetime.fromtimestamp(int(item["created_at"]["N"]) / 1000, UTC)
    return Product(
        id=item["id"]["S"],
        name=item["name"]["S"],
        price=f"{Decimal(item['price']['N']):.2f}",
        created_at=created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )


handler = lambda_handler(app)
