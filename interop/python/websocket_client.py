"""websocket-client (the module `websocket`) as the client of an echo server."""
import sys

import websocket
from websocket import ABNF

DATA = bytes(index % 251 for index in range(70_000))

connection = websocket.create_connection(sys.argv[1], timeout=10)
connection.send("héllo 🦊")
assert connection.recv() == "héllo 🦊"
connection.send_binary(DATA)
assert connection.recv() == DATA
connection.send_frame(ABNF.create_frame("frag", ABNF.OPCODE_TEXT, 0))
connection.send_frame(ABNF.create_frame("men", ABNF.OPCODE_CONT, 0))
connection.send_frame(ABNF.create_frame("ted", ABNF.OPCODE_CONT, 1))
assert connection.recv() == "fragmented"
connection.ping("are you there?")
opcode, frame = connection.recv_data_frame(control_frame=True)
assert (opcode, frame.data) == (ABNF.OPCODE_PONG, b"are you there?")
connection.send_close(1000, b"done")
opcode, frame = connection.recv_data_frame(control_frame=True)
assert opcode == ABNF.OPCODE_CLOSE and frame.data[:2] == b"\x03\xe8", frame
connection.shutdown()
