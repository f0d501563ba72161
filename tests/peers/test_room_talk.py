"""Comments and restored versions, live between the kernels of a real server's room."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mudrock_jupyter.documents import comments, graph
from mudrock_jupyter.documents.comments import Comment, read_comments
from mudrock_jupyter.documents.reading import fields
from mudrock_jupyter.documents.restoring import restore
from mudrock_jupyter.peers.room_peer import RoomPeer
from tests.peers.conftest import until

pytestmark = pytest.mark.server
Join = Callable[[str], RoomPeer]


def said(peer: RoomPeer) -> list[Comment]:
    tree = peer.tree()
    return read_comments(tree["comments"], fields(tree["nodes"]))


def test_a_thread_is_live_and_each_undoes_only_what_they_said(join: Join) -> None:
    ana, ben = join("talk.mudrock"), join("talk.mudrock")
    phi = ana.call(lambda doc: graph.add_node(doc, "phi_density"))
    asked = ana.call(lambda doc: comments.add(doc, "2.65, @ben?", by="ana", node=phi))
    until(lambda: [c.id for c in said(ben)] == [asked])
    ben.call(lambda doc: comments.add(doc, "2.68", by="ben", reply_to=asked))
    ben.call(lambda doc: comments.resolve(doc, asked, by="ben"))
    until(lambda: [c.resolved_by for c in said(ana)] == ["ben", ""])
    assert ben.undo()
    assert ben.undo()
    until(lambda: [(c.text, c.resolved) for c in said(ana)] == [("2.65, @ben?", False)])
    assert not ben.undo()
    ana.call(lambda doc: graph.remove(doc, [phi]))
    until(lambda: said(ben) == [])
    assert ana.undo()
    until(lambda: [c.id for c in said(ben)] == [asked])


def test_a_restored_version_reaches_the_others_and_their_undo_still_works(join: Join) -> None:
    ana, ben = join("restored.mudrock"), join("restored.mudrock")
    phi = ana.call(lambda doc: graph.add_node(doc, "phi_density"))
    until(lambda: phi in ben.spec().nodes)
    version = ana.tree()
    ben.call(lambda doc: graph.set_parameter(doc, phi, "rho_fl", 1.1))
    until(lambda: ana.spec().nodes[phi].parameters == {"rho_fl": 1.1})
    extra = ana.call(lambda doc: graph.add_node(doc, "output"))
    changed = ana.tree()
    ana.call(lambda doc: restore(doc, version))
    until(lambda: ben.tree() == version)
    ben.call(lambda doc: graph.rename(doc, phi, "porosity"))
    assert ben.undo()
    until(lambda: ana.tree() == version)
    assert ana.undo()
    until(lambda: ben.tree() == changed)
    assert extra in ben.spec().nodes
