"""aiohttp as the client of an echo server."""
import asyncio
import sys

import aiohttp

DATA = bytes(index % 251 for index in range(70_000))


async def main(url):
    async with aiohttp.ClientSession() as session:
        connection = await session.ws_connect(url, compress=15, autoping=False)
        await connection.send_str("héllo 🦊")
        assert await connection.receive_str() == "héllo 🦊"
        await connection.send_bytes(DATA)
        assert await connection.receive_bytes() == DATA
        await connection.ping(b"are you there?")
        message = await connection.receive()
        assert message.type == aiohttp.WSMsgType.PONG, message
        assert message.data == b"are you there?"
        await connection.close()
        assert connection.close_code == 1000, connection.close_code


asyncio.run(main(sys.argv[1]))
