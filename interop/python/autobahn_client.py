"""Autobahn on asyncio as the client of an echo server."""
import asyncio
import sys
from urllib.parse import urlsplit

from autobahn.asyncio.websocket import WebSocketClientFactory, WebSocketClientProtocol
from autobahn.websocket.compress import (
    PerMessageDeflateOffer,
    PerMessageDeflateResponse,
    PerMessageDeflateResponseAccept,
)

DATA = bytes(index % 251 for index in range(70_000))


class Client(WebSocketClientProtocol):
    def onOpen(self):
        self.steps = iter(
            [
                ("héllo 🦊".encode(), False, None),
                (DATA, True, None),
                (b"fragmented", False, 4),
            ]
        )
        self.step()

    def step(self):
        self.waiting = next(self.steps, None)
        if self.waiting is None:
            self.sendPing(b"are you there?")
            return
        payload, is_binary, size = self.waiting
        # Fragments go uncompressed, for Autobahn compresses whole messages only.
        self.sendMessage(payload, is_binary, fragmentSize=size, doNotCompress=size is not None)

    def onMessage(self, payload, isBinary):
        assert (payload, isBinary) == self.waiting[:2]
        self.step()

    def onPong(self, payload):
        assert payload == b"are you there?"
        self.sendClose(1000, "done")

    def onClose(self, wasClean, code, reason):
        ended.set_result((wasClean, code))


def accept(response):
    if isinstance(response, PerMessageDeflateResponse):
        return PerMessageDeflateResponseAccept(response)


async def main(url):
    global ended
    loop = asyncio.get_running_loop()
    ended = loop.create_future()
    factory = WebSocketClientFactory(url)
    factory.protocol = Client
    factory.setProtocolOptions(
        perMessageCompressionOffers=[PerMessageDeflateOffer()],
        perMessageCompressionAccept=accept,
    )
    await loop.create_connection(factory, urlsplit(url).hostname, urlsplit(url).port)
    assert await ended == (True, 1000), ended


asyncio.run(main(sys.argv[1]))
