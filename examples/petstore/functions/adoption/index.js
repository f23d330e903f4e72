// A certificate of adoption: a Lambda function behind POST /pets/{petId}/adoption.
const { createHash } = require("node:crypto");

const answer = (statusCode, body, cookies = []) => ({
    statusCode,
    headers: { "Content-Type": "application/json" },
    multiValueHeaders: { "Set-Cookie": cookies },
    body: JSON.stringify(body),
});

const parsed = (text) => {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
};

exports.handler = async (event) => {
    const adopter = parsed(event.body)?.adopter;
    if (typeof adopter !== "string" || adopter === "") {
        return answer(400, { message: 'send {"adopter": "your name"}' });
    }
    const { petId } = event.pathParameters;
    const certificate = createHash("sha256").update(`${petId}:${adopter}`).digest("hex").slice(0, 12);
    return answer(201, { pet: petId, adopter, certificate }, [`adopter=${encodeURIComponent(adopter)}`, `certificate=${certificate}`]);
};
