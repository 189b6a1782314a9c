"""websockets as the client of an echo server."""
import asyncio
import sys

import websockets

DATA = bytes(index % 251 for index in range(70_000))


async def main(url):
    async with websockets.connect(url) as connection:
        await connection.send("héllo 🦊")
        assert await connection.recv() == "héllo 🦊"
        await connection.send(DATA)
        assert await connection.recv() == DATA
        await connection.send(["frag", "men", "ted"])
        assert await connection.recv() == "fragmented"
        await connection.send([DATA[:3], DATA[3:]])
        assert await connection.recv() == DATA
        await asyncio.wait_for(await connection.ping(b"are you there?"), 10)
    assert connection.close_code == 1000


asyncio.run(main(sys.argv[1]))
