"""Answers, raises or exits, as its event says."""

import os


def handler(event, context):
    """Answers with what it was asked, and who it is."""
    if event["fate"] == "exit":
        os._exit(1)
    if event["fate"] == "raise":
        raise ValueError(f"{event['caller']} {event['call']}")
    return {
        "caller": event.get("caller"),
        "call": event.get("call"),
        "function": context.function_name,
        "id": context.aws_request_id,
    }
