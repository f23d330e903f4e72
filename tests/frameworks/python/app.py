"""A FastAPI application, unchanged but for Mangum; node/index.js answers alike."""

import pydantic
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import PlainTextResponse, RedirectResponse
from mangum import Mangum

app = FastAPI()
app.add_middleware(GZipMiddleware, minimum_size=1000)


class Pet(pydantic.BaseModel):
    """What POST takes."""

    name: str
    age: int = 0


@app.get("/")
def root():
    """The root."""
    return {"open": True}


@app.api_route("/pets/{pet_id}", methods=["GET", "HEAD"])
def pet(pet_id: str, request: Request):
    """What the application knows of a request."""
    if pet_id == "none":
        raise HTTPException(404, "no pet")
    return {
        "id": pet_id,
        "tags": request.query_params.getlist("tag"),
        "from": request.client.host,
        "agent": request.headers["user-agent"],
        "x": request.headers.get("x-a"),
        "cookies": request.cookies,
        "host": request.headers["host"],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "stage": request.scope["aws.event"]["requestContext"]["stage"],
    }


@app.post("/pets", status_code=201)
def create(posted: Pet, response: Response):
    """Two cookies, a header, a model."""
    response.set_cookie("a", "1", path="/")
    response.set_cookie("b", "2", path="/", httponly=True)
    response.headers["Location"] = f"/pets/{posted.age}"
    return {"got": posted.model_dump()}


@app.delete("/pets/{pet_id}", status_code=204)
def remove(pet_id: str):
    """No content."""


@app.put("/picture")
async def picture(request: Request):
    """Binary content both ways."""
    return Response((await request.body())[::-1], media_type="image/png")


@app.put("/size")
async def size(request: Request):
    """How much has come."""
    body = await request.body()
    return {"bytes": len(body), "last": body[-1:].decode()}


@app.get("/large")
def large(length: int):
    """Much."""
    return PlainTextResponse("x" * length)


@app.get("/word")
def word():
    """Text that is not ASCII."""
    return PlainTextResponse("žluťoučký 🐎")


@app.get("/old")
def old():
    """A redirect."""
    return RedirectResponse("/dev/pets/7?tag=a%20b", status_code=302)


@app.get("/broken")
def broken():
    """An error of the application's."""
    raise RuntimeError("a secret")


handler = Mangum(app, lifespan="off")
