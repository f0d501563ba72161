"""Comments: threads that never collide, go and come back with their node, and survive nonsense."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc, Map

from mudrock_jupyter.documents import comments, graph
from mudrock_jupyter.documents.comments import Comment, mentioned, read_comments
from mudrock_jupyter.documents.reading import fields, read
from mudrock_jupyter.documents.undo import History
from mudrock_jupyter.spec.errors import InvalidInput, NotFound

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
IDS = st.sampled_from(["", "a", "b", "c", "n", "gone"])
FIELDS = st.sampled_from(["threadId", "nodeId", "createdAt", "editedAt", "resolvedAt", "author"])
TIMES = st.sampled_from(["2026-11-21T12:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31", "never"])
ENTRIES = st.dictionaries(FIELDS, IDS | TIMES | ANYTHING).map(lambda e: {**e, "text": "said"})


def said(doc: Doc) -> list[Comment]:
    tree = read(doc)
    return read_comments(tree["comments"], fields(tree["nodes"]))


@pytest.fixture
def doc() -> Doc:
    return Doc()


def test_a_comment_says_who_when_and_whom(doc: Doc) -> None:
    phi = graph.add_node(doc, "phi_density")
    id = comments.add(doc, "  Is 2.65 right, @ben?\n", by="ana", node=phi)
    (comment,) = said(doc)
    assert (comment.id, comment.thread, comment.node) == (id, id, phi)
    assert (comment.text, comment.author) == ("Is 2.65 right, @ben?", "ana")
    assert comment.mentions == ["ben"]
    assert not comment.is_reply
    assert not comment.resolved
    assert comment.created_at is not None
    assert abs((datetime.now(UTC) - comment.created_at).total_seconds()) < 60
    assert read(doc)["comments"][id] == {  # type: ignore[index, call-overload]
        "id": id, "threadId": "", "nodeId": phi, "text": "Is 2.65 right, @ben?",
        "author": "ana", "createdAt": comment.created_at.isoformat(timespec="milliseconds"),
    }


def test_threads_are_by_time_with_their_replies_below(doc: Doc) -> None:
    phi = graph.add_node(doc, "phi_density")
    first = comments.add(doc, "one", by="ana", node=phi)
    second = comments.add(doc, "two", by="ana")
    reply = comments.add(doc, "about one", by="ben", reply_to=first)
    deeper = comments.add(doc, "and again", by="ana", reply_to=reply)
    root = doc.get("comments", type=Map)
    for order, id in enumerate((first, second, reply, deeper)):
        root[id]["createdAt"] = f"2026-11-21T12:00:0{order}"
    assert [(c.id, c.thread, c.node) for c in said(doc)] == [
        (first, first, phi), (reply, first, phi), (deeper, first, phi), (second, second, "")
    ]


def test_only_an_own_comment_can_be_edited(doc: Doc) -> None:
    id = comments.add(doc, "teh", by="ana")
    with pytest.raises(InvalidInput, match="is ana's: reply to it"):
        comments.edit(doc, id, "the", by="ben")
    comments.edit(doc, id, "the", by="ana")
    (comment,) = said(doc)
    assert comment.text == "the"
    assert comment.edited_at is not None
    updates: list[bytes] = []
    subscription = doc.observe(lambda event: updates.append(event.update))
    comments.edit(doc, id, "the", by="ana")
    assert updates == [], "what changes nothing writes nothing"
    doc.unobserve(subscription)


def test_a_thread_is_resolved_and_reopened_from_any_of_its_comments(doc: Doc) -> None:
    head = comments.add(doc, "one", by="ana")
    reply = comments.add(doc, "two", by="ben", reply_to=head)
    comments.resolve(doc, reply, by="ben")
    first, second = said(doc)
    assert (first.resolved, first.resolved_by, second.resolved) == (True, "ben", False)
    comments.resolve(doc, head, by="ana")
    assert said(doc)[0].resolved_by == "ben", "it was settled already"
    comments.reopen(doc, reply)
    assert not said(doc)[0].resolved
    comments.reopen(doc, head)


def test_removing_takes_the_replies_of_a_thread_and_of_a_reply_only_itself(doc: Doc) -> None:
    head = comments.add(doc, "one", by="ana")
    reply = comments.add(doc, "two", by="ben", reply_to=head)
    kept = comments.add(doc, "three", by="ana", reply_to=head)
    other = comments.add(doc, "other", by="ana")
    comments.remove(doc, reply)
    assert {c.id for c in said(doc)} == {head, kept, other}
    comments.remove(doc, head)
    assert [c.id for c in said(doc)] == [other]


@pytest.mark.parametrize("text", ["", "  \n", "x" * 10_001, "\ud800"])
def test_a_text_that_is_none_is_refused_before_anything_is_written(doc: Doc, text: str) -> None:
    id = comments.add(doc, "one", by="ana")
    for refused in (
        lambda: comments.add(doc, text, by="ana"),
        lambda: comments.edit(doc, id, text, by="ana"),
    ):
        with pytest.raises(InvalidInput):
            refused()
    assert [c.text for c in said(doc)] == ["one"]


def test_what_is_gone_is_said(doc: Doc) -> None:
    with pytest.raises(NotFound, match="no node 'gone'"):
        comments.add(doc, "x", by="", node="gone")
    for work in (
        lambda: comments.add(doc, "x", by="", reply_to="gone"),
        lambda: comments.edit(doc, "gone", "x", by=""),
        lambda: comments.resolve(doc, "gone", by=""),
        lambda: comments.reopen(doc, "gone"),
        lambda: comments.remove(doc, "gone"),
    ):
        with pytest.raises(NotFound, match="no comment 'gone'"):
            work()


def test_a_node_takes_its_thread_along_and_undo_brings_both_back(doc: Doc) -> None:
    phi = graph.add_node(doc, "phi_density")
    head = comments.add(doc, "one", by="ana", node=phi)
    comments.add(doc, "two", by="ben", reply_to=head)
    about_all = comments.add(doc, "all", by="ben")
    history = History(doc, "me")
    before = read(doc)
    graph.remove(doc, [phi], origin="me")
    assert [c.id for c in said(doc)] == [about_all]
    assert history.undo()
    assert read(doc) == before
    comments.resolve(doc, head, by="ana")
    assert {c.id for c in said(doc) if c.resolved} == {head}, "what came back can be changed"


def test_undo_takes_back_only_what_its_user_said(doc: Doc) -> None:
    mine = History(doc, "me")
    head = comments.add(doc, "mine", by="me", origin="me")
    comments.add(doc, "yours", by="you", reply_to=head, origin="you")
    comments.resolve(doc, head, by="me", origin="me")
    assert mine.undo()
    assert not said(doc)[0].resolved
    assert mine.undo()
    assert [c.text for c in said(doc)] == ["yours"], "the reply begins a thread of its own"
    assert not said(doc)[0].is_reply
    assert mine.redo()
    assert [(c.text, c.is_reply) for c in said(doc)] == [("mine", False), ("yours", True)]


def test_what_two_say_at_once_is_all_there_on_both_sides(doc: Doc) -> None:
    head = comments.add(doc, "one", by="ana")
    other = Doc()
    other.apply_update(doc.get_update())
    comments.add(doc, "from ana", by="ana", reply_to=head)
    comments.edit(doc, head, "one, edited", by="ana")
    comments.add(other, "from ben", by="ben", reply_to=head)
    comments.resolve(other, head, by="ben")
    for source, target in ((doc, other), (other, doc)):
        target.apply_update(source.get_update())
    assert said(doc) == said(other)
    assert {c.text for c in said(doc)} == {"one, edited", "from ana", "from ben"}
    assert said(doc)[0].resolved_by == "ben"


def test_a_comment_written_plainly_by_a_peer_can_be_answered_and_changed(doc: Doc) -> None:
    doc.get("comments", type=Map)["plain"] = {"text": "hello", "author": "ana"}
    comments.add(doc, "hi", by="ben", reply_to="plain")
    comments.edit(doc, "plain", "hello!", by="ana")
    comments.resolve(doc, "plain", by="ben")
    first, second = said(doc)
    assert (first.text, first.resolved, second.thread) == ("hello!", True, "plain")


def test_wrong_values_are_passed_over() -> None:
    content = {
        "a": {"text": "x" * 20_000, "author": 5, "createdAt": "yesterday", "threadId": ["a"]},
        "b": {"text": "reply to itself", "threadId": "b"},
        "c": {"text": "on a node that is gone", "nodeId": "gone"},
        "d": {"text": 5},
        "e": {"text": " "},
        "f": "text",
        "g": {"text": "its thread is elsewhere", "threadId": "a", "nodeId": "n"},
    }
    found = {c.id: c for c in read_comments(content, {"n": {}})}  # type: ignore[arg-type]
    assert set(found) == {"a", "b", "g"}
    assert (len(found["a"].text), found["a"].author, found["a"].created_at) == (10_000, "", None)
    assert found["b"].thread == "b"
    assert (found["g"].thread, found["g"].node) == ("a", "")
    assert read_comments([1], {}) == []


@given(st.dictionaries(IDS, ENTRIES | ANYTHING))
def test_any_comments_can_be_read(content: dict[str, object]) -> None:
    found = read_comments(content, {"n": {}})  # type: ignore[arg-type]
    ids = {c.id for c in found}
    threads = {c.id for c in found if not c.is_reply}
    assert {c.thread for c in found} == threads <= ids
    assert {c.node for c in found} <= {"", "n"}
    at = {c.id: n for n, c in enumerate(found)}
    assert all(at[c.thread] <= at[c.id] for c in found)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ana", ["ana"]),
        ("(@ana) @ben. @ana!", ["ana", "ben"]),
        ("@Åse-Marie.Lie: look", ["Åse-Marie.Lie"]),
        ("me@example.org @ @@ana", []),
        ("", []),
    ],
)
def test_a_mention_is_a_name_after_an_at_sign(text: str, names: list[str]) -> None:
    assert mentioned(text) == names
