"""Does what its event says, mostly something bad."""

import os
import sys
import threading
import time
from decimal import Decimal


class PetError(Exception):
    """An error of its own."""


def fail(event):
    """Raises, one frame below the handler."""
    raise PetError(event.get("message", "no pets"))


def spin():
    """Uses a core for ever."""
    while True:
        pass


def handler(event, context):
    """Does what `do` says."""
    match event["do"]:
        case "raise":
            fail(event)
        case "exit":
            os._exit(event["code"])
        case "system-exit":
            sys.exit(3)
        case "sleep":
            time.sleep(event["seconds"])
            return "awake"
        case "unserializable":
            return {1, 2}
        case "decimal":
            return [Decimal("1.5"), Decimal("2")]
        case "large":
            return "x" * event["bytes"]
        case "print":
            for _ in range(event["times"]):
                print(event["text"])
        case "flood":
            while True:
                print("x" * 1000)
        case "grow":
            kept = []
            while True:
                kept.append(bytearray(os.urandom(1 << 20)))
                time.sleep(0.002)
        case "fork":
            if os.fork() == 0:
                time.sleep(60)
            return os.getpid()
        case "spin-on":
            threading.Thread(target=spin, daemon=True).start()
            return os.getpid()
    return None
