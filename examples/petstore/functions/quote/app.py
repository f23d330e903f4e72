"""What some pets cost: a Lambda function behind GET /pets/{petId}/quote. Change it while it runs: the next answer is the new one's."""

import json
import os
import urllib.error
import urllib.request


def handler(event, context):
    """Asks the back end for the pet and answers with a price."""
    pet_id = event["pathParameters"]["petId"]
    quantity = (event["queryStringParameters"] or {}).get("quantity", "1")
    if not quantity.isdecimal() or not 1 <= int(quantity) <= 100:
        return answer(400, {"message": "quantity: 1 to 100"})
    pet = find(pet_id)
    if pet is None:
        return answer(404, {"message": "no such pet"})
    print(f"quoting {quantity} of {pet['name']}")
    total = round(pet.get("price", 0) * int(quantity), 2)
    return answer(200, {"pet": pet["name"], "quantity": int(quantity), "total": total, "request": context.aws_request_id})


def find(pet_id):
    """The pet as the back end has it, or nothing."""
    if not pet_id.isdecimal():
        return None
    try:
        with urllib.request.urlopen(f"{os.environ['BACKEND']}/pets/{pet_id}", timeout=2) as found:
            return json.load(found)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise


def answer(status, body):
    """A response as API Gateway wants it."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
