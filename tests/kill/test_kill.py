"""The process is killed while clients write: every acknowledged write is there, and nothing is half there."""

import os
import random
import signal
import threading
import time

from harness.process import Stagegate
from kill import database
from kill.workload import Client

KILLS = int(os.environ.get("KILLS", "50"))
SEED = os.environ.get("KILL_SEED", str(random.randrange(10**9)))
WRITERS = 3
# From almost at once to long enough for a checkpoint of the write-ahead log now and then.
SHORTEST_S, LONGEST_S = 0.01, 0.5
# Every so often the process is also killed while it starts.
STARTS_KILLED_EVERY = 5


def test_a_killed_process_keeps_what_it_acknowledged_and_nothing_half_done(tmp_path, record_property):
    print(f"KILL_SEED={SEED}")
    chance = random.Random(SEED)
    process = Stagegate(tmp_path / "data").start()
    try:
        clients = [Client(process.client(), number, SEED) for number in range(WRITERS)]
        for kill in range(KILLS):
            write_until_killed(process, clients, chance.uniform(SHORTEST_S, LONGEST_S))
            if kill % STARTS_KILLED_EVERY == 0:
                process.launch()
                time.sleep(chance.uniform(0, 0.1))
                process.terminate(signal.SIGKILL)
            process.start()
            revision = database.check(tmp_path / "data" / "stagegate.db")
            for client in clients:
                client.recover()
                assert_served(process, client)
            assert revision >= sum(client.acknowledged for client in clients), "revisions count acknowledged writes"
    finally:
        process.stop()
    acknowledged = sum(client.acknowledged for client in clients)
    record_property("`kill -9` while clients write", f"{KILLS} kills, {acknowledged} acknowledged writes, none lost, none half there")
    assert acknowledged > KILLS * WRITERS, "the clients wrote between kills"


def write_until_killed(process, clients, seconds):
    """Lets every client write for a while, kills the process, and waits until each noticed."""
    failures = []

    def run(client):
        try:
            client.run()
        except Exception as failure:  # noqa: BLE001, any other end of a client is the test's failure
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    process.terminate(signal.SIGKILL)
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "a client never noticed"
    if failures:
        raise failures[0]


def assert_served(process, client):
    """The data plane serves what is deployed: every imported route of every stage."""
    for _, name, stage, deployment in client.about("stage"):
        for path in client.frozen[deployment]:
            answer = process.send("GET", f"/{stage}{path.replace('{id}', '1')}", client.ids[name])
            assert answer.status == 200, (name, stage, path, answer)
