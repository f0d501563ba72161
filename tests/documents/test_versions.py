"""Versions beside a document: whole or not there, told apart, thinned out, brought back."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pycrdt import Doc, Map

from mudrock_jupyter.documents import graph
from mudrock_jupyter.documents.reading import complete, read
from mudrock_jupyter.documents.restoring import restore
from mudrock_jupyter.documents.undo import History
from mudrock_jupyter.documents.version_file import Record, file_name
from mudrock_jupyter.documents.versions import (
    AUTOMATIC_KEPT,
    FOLDER,
    VersionFolder,
    folder_of_lost,
    superfluous,
)
from mudrock_jupyter.spec.errors import InvalidInput, NewerFormat, NotFound, ReadFailed, WriteFailed
from mudrock_jupyter.spec.text import Tree, empty

ME = "me"


@pytest.fixture
def folder(tmp_path: Path) -> VersionFolder:
    return VersionFolder(tmp_path / "porosity.mudrock", "5f3c2a6e")


def tree(**parameters: float) -> Tree:
    node = {"name": "phi", "operatorId": "phi_density", "parameters": parameters}
    return complete({**empty("porosity"), "id": "5f3c2a6e", "nodes": {"a": node}})


def test_a_version_says_who_when_and_what_changed(folder: VersionFolder) -> None:
    first = folder.save(tree(rho_ma=2.65), by="ana", name=" first  porosity ")
    second = folder.save(tree(rho_ma=2.71), by="ben", reason="run")
    assert folder.path.parent.name == FOLDER
    assert folder.versions() == [second, first]
    assert (first.kind, first.name, first.summary) == (
        "named", "first porosity", "first version, 1 node"
    )
    assert (second.kind, second.parent) == ("automatic", first.id)
    assert second.summary == "rho_ma of phi 2.65 -> 2.71"
    assert str(first).startswith(f"'first porosity' ({datetime.now(UTC):%Y-%m-%d}")
    assert folder.tree(first.id) == tree(rho_ma=2.65)


def test_a_version_is_found_by_id_by_its_beginning_and_by_name(folder: VersionFolder) -> None:
    old = folder.save(tree(a=1), by="", name="base")
    new = folder.save(tree(a=2), by="", name="base")
    assert folder.find("base") == new
    assert folder.find(old.id) == old
    assert folder.find(old.id[:8]) == old
    with pytest.raises(NotFound, match=r"There is no version 'bsae'\. Did you mean 'base'\?"):
        folder.find("bsae")
    with pytest.raises(NotFound, match="no version ''"):
        folder.find("")


def test_the_same_content_is_kept_once_but_a_new_name_is_kept(folder: VersionFolder) -> None:
    first = folder.save(tree(a=1), by="ana")
    assert folder.save(tree(a=1), by="ben") == first
    named = folder.save(tree(a=1), by="ben", name="good")
    assert folder.save(tree(a=1), by="ana", name="good") == named
    assert folder.save(tree(a=1), by="ana") == named
    assert folder.versions() == [named, first]
    assert named.summary == "nothing changed"


@pytest.mark.parametrize("name", ["x" * 201, "a\x00b", "\ud800"])
def test_a_name_that_is_none_is_refused(folder: VersionFolder, name: str) -> None:
    with pytest.raises(InvalidInput, match="no name for a version"):
        folder.save(tree(), by="", name=name)
    assert folder.versions() == []


@pytest.mark.parametrize("hostile", ["", "../../etc", "/abs", ".", "a/b", "x" * 300, "\ud800"])
def test_no_id_leads_out_of_the_folder(tmp_path: Path, hostile: str) -> None:
    folder = VersionFolder(tmp_path / "p.mudrock", hostile)
    folder.save(tree(), by="")
    assert folder.path.parent == tmp_path / FOLDER
    assert len(folder.versions()) == 1


def test_writers_at_the_same_moment_never_collide(folder: VersionFolder) -> None:
    with ThreadPoolExecutor(8) as pool:
        saved = list(pool.map(lambda n: folder.save(tree(a=n), by="", name=f"v{n}"), range(40)))
    assert {version.id for version in folder.versions()} == {version.id for version in saved}
    assert all(folder.tree(v.id) == tree(a=n) for n, v in enumerate(saved))
    assert not [path for path in folder.path.iterdir() if path.suffix == ".tmp"]


def test_a_clock_that_goes_back_does_not_turn_the_order_round(folder: VersionFolder) -> None:
    folder.save(tree(a=1), by="", name="old")
    (only,) = folder.path.iterdir()
    only.rename(only.with_name(f"20991231T235959999Z-{only.name[20:]}"))
    folder.save(tree(a=2), by="", name="new")
    assert [version.name for version in folder.versions()] == ["new", "old"]


def test_only_versions_without_a_name_are_thinned_out(folder: VersionFolder) -> None:
    stamps = [datetime(2026, 1, day, hour, tzinfo=UTC) for day in (1, 2, 3) for hour in range(24)]
    folder.path.mkdir(parents=True)
    for number, stamp in enumerate(stamps):
        name = "kept" if number == 5 else ""
        record = Record(id=f"{number:012x}", name=name, created_at=stamp, pipeline=tree(a=number))
        path = folder.path / file_name(record, None)
        path.write_text(record.model_dump_json(by_alias=True))
    last = folder.save(tree(a=-1), by="")
    versions = folder.versions()
    days = [f"{v.created_at:%m-%d %H}" for v in versions[AUTOMATIC_KEPT:]]
    assert versions[0] == last
    assert [v.name for v in versions].count("kept") == 1
    # The fifty newest reach back to 23:00 of the first day; its last hour stands for the rest.
    assert days == ["01-01 22", "01-01 05"]


def test_thinning_out_keeps_the_last_of_each_day() -> None:
    paths = [
        Path(f"202601{day:02}T{hour:02}0000000Z-0123456789ab.auto.json")
        for day in range(9, 0, -1)
        for hour in range(23, -1, -1)
    ]
    gone = superfluous(paths)
    kept = [path for path in paths if path not in gone]
    assert kept[:AUTOMATIC_KEPT] == paths[:AUTOMATIC_KEPT]
    older = [path.name[6:11] for path in kept[AUTOMATIC_KEPT:]]
    assert older == ["07T21", "06T23", "05T23", "04T23", "03T23", "02T23", "01T23"]
    assert superfluous(kept) == [], "thinning out again takes nothing"


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "5", '{"format": "mudrock-version/1"}', "\x00", '{"pipeline": {}}',
     '{"createdAt": "never", "pipeline": {}, "id": "x"}', "[" * 100_000],
)
def test_a_damaged_version_is_listed_and_spoils_no_other(
    folder: VersionFolder, content: str
) -> None:
    good = folder.save(tree(a=1), by="", name="good")
    damaged = folder.path / "20990101T000000000Z-0123456789ab.json"
    damaged.write_text(content)
    assert [v.kind for v in folder.versions()] == ["damaged", "named"]
    assert str(damaged) in folder.versions()[0].summary
    with pytest.raises(ReadFailed, match="damaged"):
        folder.find("0123456789ab")
    assert folder.save(tree(a=2), by="").parent == good.id
    assert damaged.read_text() == content


def test_a_newer_format_is_refused_with_advice(folder: VersionFolder) -> None:
    folder.path.mkdir(parents=True)
    newer = folder.path / "20990101T000000000Z-0123456789ab.json"
    newer.write_text('{"format": "mudrock-version/2"}')
    with pytest.raises(NewerFormat, match="pip install --upgrade"):
        folder.find("0123456789ab")


def test_a_version_whose_pipeline_is_none_is_told_as_damaged(folder: VersionFolder) -> None:
    version = folder.save(tree(), by="", name="x")
    (path,) = folder.path.iterdir()
    path.write_text(json.dumps({**json.loads(path.read_text()), "pipeline": {"nodes": 5}}))
    with pytest.raises(ReadFailed, match="'nodes' is not a JSON object"):
        folder.tree(version.id)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_said(folder: VersionFolder) -> None:
    folder.path.mkdir(parents=True)
    folder.path.chmod(0o555)
    with pytest.raises(WriteFailed, match="permissions"):
        folder.save(tree(), by="")


def test_a_folder_in_the_way_is_said(folder: VersionFolder) -> None:
    folder.path.parent.write_text("not a folder")
    with pytest.raises((WriteFailed, ReadFailed), match="could not be"):
        folder.save(tree(), by="")


def test_the_versions_of_a_broken_file_are_found_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "porosity.mudrock"
    VersionFolder(file, "one").save(tree(a=1), by="")
    VersionFolder(tmp_path / "other.mudrock", "two").save(tree(a=2), by="")
    found = folder_of_lost(file)
    assert found is not None
    assert found.path.name == "one"
    assert folder_of_lost(tmp_path / "none.mudrock") is None


def pipeline() -> tuple[Doc, str, str]:
    doc = Doc()
    logs = graph.add_node(doc, "well_logs", name="logs")
    phi = graph.add_node(
        doc, "phi_density", inputs={"input": logs}, parameters={"rho_ma": 2.65}
    )
    doc.get("comments", type=Map)["note"] = Map({"nodeId": phi, "text": "why?"})
    return doc, logs, phi


def test_restoring_is_one_edit_with_the_same_ids_that_undo_takes_back() -> None:
    doc, logs, phi = pipeline()
    version = read(doc)
    history = History(doc, ME)
    graph.remove(doc, [phi])
    graph.set_details(doc, name="later")
    later = graph.add_node(doc, "output", inputs={"input": logs})
    changed = read(doc)
    updates: list[bytes] = []
    subscription = doc.observe(lambda event: updates.append(event.update))
    with doc.transaction(ME):
        restore(doc, version)
    assert len(updates) == 1
    assert read(doc) == version, "the node came back with its id, edge, place and comment"
    assert history.undo()
    assert read(doc) == changed
    assert later in changed["nodes"]  # type: ignore[operator]
    doc.unobserve(subscription)


def test_restoring_leaves_what_was_said_since_and_who_the_document_is() -> None:
    doc, _, _ = pipeline()
    version = {**read(doc), "id": "other", "projectId": "old"}
    root = doc.get("comments", type=Map)
    del root["note"]
    root["new"] = Map({"nodeId": "", "text": "about all"})
    doc.get("pipeline", type=Map)["id"] = "mine"
    doc.get("metadata", type=Map)["origin"] = {"documentId": "x", "version": "y"}
    restore(doc, version)
    now = read(doc)
    assert list(now["comments"]) == ["new"]  # type: ignore[arg-type]
    assert (now["id"], now["projectId"]) == ("mine", "")
    assert now["metadata"] == {"origin": {"documentId": "x", "version": "y"}}


def test_restoring_merges_with_what_others_do_at_the_same_time() -> None:
    mine, logs, phi = pipeline()
    version = read(mine)
    graph.set_parameter(mine, phi, "rho_ma", 2.71)
    yours = Doc()
    yours.apply_update(mine.get_update())
    undo_of_yours = History(yours, "you")
    with yours.transaction("you"):
        graph.set_parameter(yours, phi, "rho_fl", 1.1)
        graph.rename(yours, logs, "wells")
    restore(mine, version)
    for source, target in ((mine, yours), (yours, mine)):
        target.apply_update(source.get_update())
    assert read(mine) == read(yours)
    spec = graph.read_spec(mine)
    assert spec.nodes[phi].parameters == {"rho_ma": 2.65, "rho_fl": 1.1}
    assert spec.nodes[logs].name == "wells"
    assert undo_of_yours.undo(), "their undo still knows its nodes"
    assert graph.read_spec(yours).nodes[phi].parameters == {"rho_ma": 2.65}
