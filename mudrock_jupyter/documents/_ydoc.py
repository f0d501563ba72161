"""The document type `mudrock` of jupyter_ydoc: the text of a file as a pipeline in Y maps.

Private: jupyter_ydoc loads this module while it is itself being imported, so importing it first
fails in a circle. Import `mudrock_jupyter.documents.ydoc` instead.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from jupyter_ydoc.ybasedoc import YBaseDoc
from pycrdt import Awareness, Doc

from mudrock_jupyter.documents.merging import merge
from mudrock_jupyter.documents.reading import complete, is_blank, read_roots
from mudrock_jupyter.documents.roots import UNDOABLE, saved_roots
from mudrock_jupyter.spec import text
from mudrock_jupyter.spec.errors import InvalidDocument
from mudrock_jupyter.spec.text import Tree

UNPARSED, ERROR = "unparsed", "error"


class YPipeline(YBaseDoc):
    """A pipeline document, as rooms and file peers load and save it.

    `set` takes over what changed on disk since the last load or save, and keeps what changed
    here. Text that is no pipeline is kept verbatim, and given back by `get`, so that no save
    can destroy what somebody wrote.
    """

    def __init__(self, ydoc: Doc[Any] | None = None, awareness: Awareness | None = None) -> None:
        super().__init__(ydoc, awareness)
        self._roots = saved_roots(self._ydoc)
        self._on_disk: Tree | None = None
        self._last_read: Tree | None = None
        for name in UNDOABLE:
            self.undo_manager.expand_scope(self._roots[name])

    @property
    def version(self) -> str:
        """The version of a notebook's document, so that both outlive a restart of the server.

        The server keeps one version per session, that of the document opened last, and after a
        restart asks to reload every page whose document has another
        (`check_session_compatibility` of jupyter_server_ydoc 3.0).
        """
        return "2.0.0"

    @property
    def error(self) -> str | None:
        """Why the text on disk is no pipeline, if it is none."""
        error = self._ystate.get(ERROR)
        return error if isinstance(error, str) else None

    @property
    def dirty(self) -> bool | None:
        """Whether there are changes that are not on disk."""
        return self._ystate.get("dirty")

    @dirty.setter
    def dirty(self, value: bool) -> None:
        # A room sets False right after it wrote what `get` returned, or after `set`.
        if value is False and self._last_read is not None:
            self._on_disk = self._last_read
        if self._ystate.get("dirty") is not value:
            self._ystate["dirty"] = value

    def get(self) -> str:
        """Return the text to save."""
        unparsed = self._ystate.get(UNPARSED)
        if isinstance(unparsed, str):
            return unparsed
        self._last_read = read_roots(self._roots)
        return text.dump(self._last_read)

    def set(self, value: str) -> None:
        """Take over a text from disk, in one transaction; never raises."""
        with self._ydoc.transaction():
            blank = is_blank(self._roots)
            if not value.strip() and not blank:
                return  # somebody emptied the file: the pipeline is only here
            try:
                tree = complete(text.parse(value) if value.strip() else text.empty())
            except InvalidDocument as error:
                self._quarantine(value, error)
                return
            self._release()
            tree["id"] = tree["id"] or self._id() or str(uuid.uuid4())
            if blank:
                self._ydoc.apply_update(_seed(tree))
            else:
                merge(self._ydoc, tree, self._on_disk)
            self._on_disk = self._last_read = tree

    def know_on_disk(self, value: str | None) -> None:
        """Take note of the text that is in the file, or was: the base of the next merge."""
        self._on_disk = None
        with suppress(InvalidDocument):
            self._on_disk = complete(text.parse(value)) if value else None

    def observe(self, callback: Callable[[str, Any], None]) -> None:
        """Call `callback(root, event)` for every change that belongs into the file."""
        self.unobserve()
        self._subscriptions[self._ystate] = self._ystate.observe(partial(callback, "state"))
        for name, ymap in self._roots.items():
            self._subscriptions[ymap] = ymap.observe_deep(partial(callback, name))

    def _id(self) -> str:
        value = self._roots["pipeline"].get("id")
        return value if isinstance(value, str) else ""

    def _quarantine(self, value: str, error: InvalidDocument) -> None:
        storable = value.encode("utf-8", "replace").decode("utf-8")
        for key, content in ((UNPARSED, storable), (ERROR, error.message)):
            if self._ystate.get(key) != content:
                self._ystate[key] = content

    def _release(self) -> None:
        for key in (UNPARSED, ERROR):
            if key in self._ystate:
                del self._ystate[key]


def _seed(tree: Tree) -> bytes:
    """Return the update that creates `tree`: the same one for the same content, on any server.

    Equal histories merge without duplicates when a client outlives the room; different contents
    must not share a client id, or their state vectors would be equal and never exchange.
    """
    digest = hashlib.sha256(text.dump(tree).encode()).digest()
    source: Doc[Any] = Doc(client_id=int.from_bytes(digest[:4], "big"))
    merge(source, tree)
    return source.get_update()
