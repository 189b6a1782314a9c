"""Tornado as the client of an echo server."""
import asyncio
import sys

from tornado.websocket import websocket_connect

DATA = bytes(index % 251 for index in range(70_000))


async def main(url):
    connection = await websocket_connect(url, compression_options={}, max_message_size=2**30)
    pongs = asyncio.Queue()
    connection.on_pong = pongs.put_nowait
    await connection.write_message("héllo 🦊")
    assert await connection.read_message() == "héllo 🦊"
    await connection.write_message(DATA, binary=True)
    assert await connection.read_message() == DATA
    connection.ping(b"are you there?")
    assert await asyncio.wait_for(pongs.get(), 10) == b"are you there?"
    connection.close(1000, "done")
    assert await connection.read_message() is None
    assert connection.close_code == 1000, connection.close_code


asyncio.run(main(sys.argv[1]))
