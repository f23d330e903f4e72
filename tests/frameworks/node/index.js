// An Express application, unchanged but for serverless-express; python/app.py answers alike.
const serverless = require("@codegenie/serverless-express");
const express = require("express");

const app = express();
app.use(express.json());
app.use(express.raw({ type: ["image/png", "application/octet-stream"], limit: "8mb" }));

app.get("/", (request, response) => response.json({ open: true }));

app.get("/pets/:id", (request, response, next) => {
    if (request.params.id === "none") return next();
    const { event } = serverless.getCurrentInvoke();
    response.json({
        id: request.params.id,
        tags: [].concat(request.query.tag ?? []),
        from: request.ip,
        agent: request.get("user-agent"),
        x: request.get("x-a"),
        cookies: Object.fromEntries((request.get("cookie") ?? "").split("; ").filter(Boolean).map((pair) => pair.split("="))),
        host: request.get("host"),
        scheme: event.headers["X-Forwarded-Proto"] ?? event.headers["x-forwarded-proto"],
        path: request.path,
        stage: event.requestContext.stage,
    });
});

app.post("/pets", (request, response) => {
    if (typeof request.body?.name !== "string") return response.status(422).json({ detail: "a pet has a name" });
    response.cookie("a", "1").cookie("b", "2", { httpOnly: true });
    response.location(`/pets/${request.body.age}`).status(201).json({ got: request.body });
});

app.delete("/pets/:id", (request, response) => response.status(204).end());
app.put("/picture", (request, response) => response.type("image/png").send(Buffer.from(request.body).reverse()));
app.put("/size", (request, response) =>
    response.json({ bytes: request.body.length, last: request.body.subarray(-1).toString() }));
app.get("/large", (request, response) => response.type("text/plain").send("x".repeat(Number(request.query.length))));
app.get("/word", (request, response) => response.type("text/plain").send("žluťoučký 🐎"));
app.get("/old", (request, response) => response.redirect("/dev/pets/7?tag=a%20b"));
app.get("/broken", () => {
    throw new Error("a secret");
});
app.use((request, response) => response.status(404).json({ detail: "no pet" }));

exports.handler = serverless({ app, binarySettings: { contentTypes: ["image/png", "application/octet-stream"] } });
