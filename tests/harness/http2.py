"""A small HTTP/2 client with prior knowledge, on python-h2."""

import socket

import h2.config
import h2.connection
import h2.events


class Http2:
    """One HTTP/2 connection that sends requests and gathers answers by stream."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 15)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.answers, self.ended, self.reset = {}, set(), {}
        self.flush()

    def flush(self):
        """Writes what the state machine has to say."""
        self.socket.sendall(self.h2.data_to_send())

    def send(self, method, path, authority, headers=(), body=b""):
        """Sends a request and returns its stream."""
        stream = self.h2.get_next_available_stream_id()
        head = [(":method", method), (":path", path), (":scheme", "http"), (":authority", authority), *headers]
        self.h2.send_headers(stream, head, end_stream=not body)
        self.flush()
        while body:
            window = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(body))
            if window == 0:
                self.pump()
                continue
            self.h2.send_data(stream, body[:window], end_stream=window == len(body))
            body = body[window:]
            self.flush()
        return stream

    def pump(self):
        """Reads once and handles the events; false at the end of the connection."""
        data = self.socket.recv(262144)
        if not data:
            return False
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                self.answers[event.stream_id] = [dict(event.headers), b""]
            elif isinstance(event, h2.events.DataReceived):
                self.answers[event.stream_id][1] += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self.ended.add(event.stream_id)
            elif isinstance(event, h2.events.StreamReset):
                self.reset[event.stream_id] = event.error_code
                self.ended.add(event.stream_id)
        self.flush()
        return True

    def answer(self, stream):
        """Waits for the whole answer of a stream: headers and body."""
        while stream not in self.ended:
            assert self.pump(), "the connection ended"
        return self.answers.get(stream)
