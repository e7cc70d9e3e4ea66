"""The websocket at /ws/: parses what a browser asks and hands it to the hub.

A browser that is not signed in is closed with 4401. A malformed message is answered with an
error and changes nothing; a flood of messages is closed with 4429.
"""

from collections.abc import Mapping
from typing import Any, cast

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.contrib.auth.models import AnonymousUser

from kiplatform.accounts.models import User
from kiplatform.realtime.fanout import encode
from kiplatform.realtime.hub import Hub, current
from kiplatform.realtime.protocol import parse
from kiplatform.realtime.sockets import SIGNED_OUT, TOO_MANY, Socket

PONG = encode({"op": "pong"})
MALFORMED = encode({"op": "error", "code": "malformed"})


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """One browser's websocket."""

    # No channel of its own in the channel layer: the hub listens once for the whole process.
    channel_layer_alias = ""
    socket: Socket | None = None
    hub: Hub

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        # Channels would go to a database thread first, to close old connections; there are none.
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def connect(self) -> None:
        # A contact's or staff member's User, or Django's AnonymousUser.
        scope = cast("dict[str, Any]", self.scope)
        user: User | AnonymousUser = scope["user"]
        await self.accept()
        if not isinstance(user, User) or not user.is_active:
            await self.close(SIGNED_OUT)
            return
        self.socket = Socket(user, scope["session_key"], self.send, self.close)
        self.hub = current()
        self.hub.add(self.socket)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any
    ) -> None:
        if self.socket is None or self.socket.closing:
            return
        if not self.socket.may_ask():
            self.hub.drop(self.socket)
            self.socket.close(TOO_MANY)
            return
        operation = parse(text_data)
        if operation is None:
            self.socket.push(MALFORMED)
        elif operation.op == "ping":
            self.socket.push(PONG)
        elif operation.op == "subscribe":
            self.hub.subscribe(self.socket, operation.channel, operation.after)
        elif operation.op == "unsubscribe":
            self.hub.unsubscribe(self.socket, operation.channel)
        else:
            self.hub.typing(self.socket, operation.channel)

    async def websocket_disconnect(self, message: Mapping[str, Any]) -> None:
        if self.socket is not None:
            self.hub.drop(self.socket)
            self.socket.forget()
        raise StopConsumer
