"""A peer's connection to a room: who may have one, what it may send, and when it is safe."""

from __future__ import annotations

import asyncio
from functools import partial
from urllib.parse import unquote
from weakref import WeakSet

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server_ydoc.handlers import FORK_ROOMS, YDocWebSocketHandler
from jupyter_server_ydoc.loaders import FileLoaderMapping
from jupyter_server_ydoc.utils import room_id_from_encoded_path
from jupyter_server_ydoc.websocketserver import JupyterWebsocketServer
from tornado import web

from mudrock_jupyter.documents import durability
from mudrock_jupyter.server import files, frames, rooms
from mudrock_jupyter.server.frames import Allowance
from mudrock_jupyter.server.permission import concerns_us, find_refusal, log_refusal
from mudrock_jupyter.server.room import PipelineRoom
from mudrock_jupyter.server.room_file import RoomFile
from mudrock_jupyter.server.rooms import Refusal, Room
from mudrock_jupyter.spec.errors import MudrockError

# What jupyter_server_ydoc closes with when a file is gone; JupyterLab shows its message for it.
CLOSE_MISSING = 4404
CLOSE_GOING_AWAY = 1001
CLOSE_MOVED = 1012
CLOSE_TRY_AGAIN = 1013
CLOSE_UNREADABLE = 1007
# The websocket protocol has room for so many bytes; more would end the server's task.
LONGEST_REASON = 123
BYTES_PER_SECOND, BYTES_BURST = 4 * 1024 * 1024, 8.0
FRAMES_PER_SECOND, FRAMES_BURST = 2000, 10.0


class MissingFile(Exception):
    """Somebody wants a room of a file that is not there, and the file is no pipeline document."""


class AfterLogin(JupyterHandler):
    """A step between upstream's log-in check and its making of the room.

    It stands behind YDocWebSocketHandler in the method resolution order, so that
    `YDocWebSocketHandler.prepare` calls it first and never reaches the room if it raises.
    """

    async def prepare(self) -> None:  # type: ignore[override]  # theirs has a private argument
        """Refuse strangers here: upstream would make the room before it refuses them."""
        await super().prepare(_redirect_to_login=False)
        if self.current_user is None:
            raise web.HTTPError(403)
        await self.admit()

    async def admit(self) -> None:
        """Return, or raise to stop."""
        raise NotImplementedError


class GuardedRoomHandler(YDocWebSocketHandler, AfterLogin):  # type: ignore[misc]
    """`{base}api/collaboration/room/<room id>`, for callers who may write the document."""

    concerns_us = False
    file_is_missing = False
    refused = ""

    async def prepare(self) -> None:  # type: ignore[override]
        """Make the room, if there is a file for it and the caller may write it."""
        self._bytes = Allowance(BYTES_PER_SECOND, BYTES_BURST)
        self._frames = Allowance(FRAMES_PER_SECOND, FRAMES_BURST)
        try:
            await super().prepare()
        except MissingFile:
            self.file_is_missing = True

    async def admit(self) -> None:
        """Refuse with an HTTP status, before the upgrade to a websocket."""
        room_id = room_id_from_encoded_path(self.request.path)
        root_id = FORK_ROOMS.get(room_id, {}).get("root_roomid", room_id)
        room = Room.parse(unquote(root_id))
        if room is None:
            return
        path = self.settings["file_id_manager"].get_path(room.file_id)
        self.concerns_us = concerns_us(self, path or "", room.type)
        if not self.concerns_us:
            await self._spare_other_rooms(room_id, path)
            return
        if "%" in room_id:
            refusal: Refusal | None = rooms.refuse_quoted(room_id)
        elif path is None:
            refusal = rooms.refuse_missing(path)
        else:
            refusal = await find_refusal(self, path, room.format, room.type)
            refusal = refusal or self._refuse_second_room(root_id, path)
        if refusal:
            log_refusal(self, refusal)
            raise web.HTTPError(refusal.status)
        if root_id == room_id:
            self._make_room(room_id, room.file_id)

    def _refuse_second_room(self, room_id: str, path: str) -> Refusal | None:
        """Refuse a file that is open under another id, as a hard link is."""
        for other in self._websocket_server.rooms.values():
            if not isinstance(other, PipelineRoom) or other.room_id == room_id:
                continue
            if files.are_one(self.contents_manager, path, other.file.path):
                return rooms.refuse_alias(path, other.file.path)
        return None

    def _make_room(self, room_id: str, file_id: str) -> None:
        """Put a room of ours where upstream looks before it makes one."""
        server, loaders = self._websocket_server, self._file_loaders
        if server.room_exists(room_id):
            return
        file = RoomFile(file_id, self.settings["file_id_manager"], self.contents_manager)
        room = PipelineRoom(
            room_id,
            file,
            loaders[file_id],
            self.settings["mudrock_local_log"](),
            self.event_logger,
            self.log,
            self._document_save_delay,
            partial(end_room, server, loaders),
        )
        server.add_room(room_id, room)

    async def _spare_other_rooms(self, room_id: str, path: str | None) -> None:
        """Start no room on a missing file: its end would cancel live updates in all the others."""
        if path is None or self._websocket_server.room_exists(room_id):
            return
        if not await files.exists(self.contents_manager, path):
            raise MissingFile

    async def open(self, room_id: str) -> None:
        """Join the room, or say what jupyter_server_ydoc says of a missing file."""
        if self.file_is_missing:
            self.close(CLOSE_MISSING, "File not found.")
        elif await self._load():
            _open.add(self)
            await super().open(room_id)

    async def _load(self) -> bool:
        """Load the document; ask the peer to come again if the log does not answer."""
        room = self.room
        if isinstance(room, PipelineRoom):
            try:
                await room.initialize()
            except MudrockError as error:
                self.log.error("mudrock: %s", error.message)
                self.close(CLOSE_TRY_AGAIN, error.message)
                if not room.clients and self._websocket_server.room_exists(room.room_id):
                    await end_room(self._websocket_server, self._file_loaders, room)
                return False
        return True

    def check_origin(self, origin: str = "") -> bool:
        """Keep other sites out of our rooms, as out of kernels; upstream lets every origin in."""
        return not self.concerns_us or JupyterHandler.check_origin(self, origin)

    @property
    def max_message_size(self) -> int:
        """The largest frame; upstream takes a gigabyte."""
        return frames.MAXIMUM_FRAME if self.concerns_us else super().max_message_size

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close with as much of the reason as the protocol has room for."""
        cut = reason and reason.encode()[:LONGEST_REASON].decode(errors="ignore")
        super().close(code, cut)

    async def on_message(self, message: bytes | str) -> None:
        """Take a frame; while this waits, nothing more is read from the peer."""
        if not self.concerns_us:
            await super().on_message(message)
            return
        if reason := frames.refuse(message):
            self.close(CLOSE_UNREADABLE, reason)
            return
        assert isinstance(message, bytes)
        wait = max(self._bytes.spend(len(message)), self._frames.spend(1))
        if wait:
            await asyncio.sleep(wait)
        if durability.durable_request(message) is None:
            await super().on_message(message)
        else:
            self._message_queue.put_nowait(message)  # answered in its turn

    async def __anext__(self) -> bytes:
        """Return the next frame for the room; those before it have been applied by now."""
        while True:
            message: bytes = await super().__anext__()
            if (number := durability.durable_request(message)) is None:
                return message
            self.create_task(self._acknowledge(number))

    async def _acknowledge(self, number: int) -> None:
        """Tell the peer when all it has sent so far is durable."""
        if not isinstance(self.room, PipelineRoom):
            return
        if self.refused:
            await self.send(durability.answer_durable(number, "refused", self.refused))
            return
        log, position = self.room.local_log, self.room.local_log.position
        if problem := await log.settle(position):
            await self.send(durability.answer_durable(number, "waiting", problem))
            await log.until_durable(position)
        await self.send(durability.answer_durable(number, "saved"))

    def refuse(self, reason: str) -> None:
        """Remember that an update of this peer was not taken."""
        self.refused = self.refused or f"An update could not be applied: {reason}"

    def on_close(self) -> None:
        """Leave the room."""
        _open.discard(self)
        if isinstance(self.room, PipelineRoom) and self.room.has_ended:
            self._message_queue.put_nowait(b"")
        else:
            super().on_close()


_open: WeakSet[GuardedRoomHandler] = WeakSet()


def say_goodbye() -> None:
    """Close every connection, because the server stops; what was sent is in the log."""
    # jupyter_server_ydoc 3.0.4 waits for the peers to go, and for ever: the server would hang.
    for connection in list(_open):
        connection.close(CLOSE_GOING_AWAY, "The server stops.")


async def end_room(
    server: JupyterWebsocketServer, loaders: FileLoaderMapping, room: PipelineRoom
) -> None:
    """End a room at once; its peers come back and find another."""
    room.has_ended = True
    for client in list(room.clients):
        client.close(CLOSE_MOVED, "The file has moved.")
    await server.delete_room(room=room)
    if room.file.file_id in loaders:
        await loaders.remove(room.file.file_id)
