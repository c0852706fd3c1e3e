"""The shop's part: existing products, and differences between its contract and the expectations of Schemathesis."""

import json
import re
from urllib.parse import urlsplit

from schemathesis.core.transport import Response
from schemathesis.generation.case import Case

# Schemas see the value of a JSON number, but not its digits, so they can't forbid exponents or more places.
BAD_DIGITS = ("price", "must be a decimal from 0 to 9999999.99 with at most 2 places")
GOOD_DIGITS = re.compile(r"\d+(\.\d{1,2})?")


class Products:
    """An existing product. `reality` creates the accounts that add one."""

    def __init__(self, reality) -> None:
        self.reality = reality
        self.product = ""

    def one(self) -> str:
        """The id of a product."""
        if not self.product:
            keeper = self.reality.helper("staff", "products")
            made = self.reality.accounts.call("POST", "/v1/products", keeper.token, name="Kettle", price="19.90")
            self.product = made["id"]
        return self.product

    def answered(self, operation: str, path_parameters: dict, status: int) -> None:
        """Forgets the product if the call deleted it."""
        deleted = operation == "products_delete" and status < 300
        if deleted and path_parameters["product_id"] == self.product:
            self.product = ""


def beyond(case: Case) -> set[tuple[str, str]]:
    """Errors in a price that its schema can't express: (field, message)."""
    price = case.body.get("price") if isinstance(case.body, dict) else None
    is_number = isinstance(price, (int, float))
    return {BAD_DIGITS} if is_number and not GOOD_DIGITS.fullmatch(json.dumps(price)) else set()


def is_no_product(response: Response) -> bool:
    """Whether the response is that for `favorites` as a product's id: PATCH and DELETE only have `{product_id}`."""
    path, method = urlsplit(response.request.url).path, response.request.method
    if path != "/v1/products/favorites" or method not in ("PATCH", "DELETE"):
        return False
    # There is nothing to delete.
    if method == "DELETE":
        return response.status_code == 204
    return response.status_code == 404 and response.json().get("code") == "not_found"
