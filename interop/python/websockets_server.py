"""An echo server of websockets."""
import asyncio

import websockets


async def echo(connection):
    async for message in connection:
        await connection.send(message)


async def main():
    server = await websockets.serve(echo, "127.0.0.1", 0, max_size=None)
    print("listening on", server.sockets[0].getsockname()[1], flush=True)
    await server.wait_closed()


asyncio.run(main())
