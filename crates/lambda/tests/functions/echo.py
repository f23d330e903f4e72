"""Answers with its event and what it knows of its invocation."""

import os

COUNT = 0


def handler(event, context):
    """Echoes."""
    global COUNT
    COUNT += 1
    print("echoing", event.get("word", "nothing"))
    return {
        "event": event,
        "count": COUNT,
        "pid": os.getpid(),
        "request_id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "version": context.function_version,
        "memory": context.memory_limit_in_mb,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "client": context.client_context.custom if context.client_context else None,
        "identity": context.identity.cognito_identity_id,
        "trace": os.environ.get("_X_AMZN_TRACE_ID"),
    }
