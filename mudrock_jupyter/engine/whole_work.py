"""A node at work on the tables of all wells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from mudrock_jupyter.engine.arrays import join_wells, split_wells
from mudrock_jupyter.engine.bound import WHOLE, BoundNode
from mudrock_jupyter.engine.group_work import Shared
from mudrock_jupyter.engine.tables import Gather, run_table
from mudrock_jupyter.operators.declare import Kind

Input = tuple[pa.Schema, Mapping[str, pa.Table]]


class WholeWork:
    """A TABLE or SINK node; `inputs` are the schemas and tables that reach its ports."""

    def __init__(self, node: BoundNode, inputs: Sequence[Input], shared: Shared) -> None:
        self.node, self.inputs, self.shared = node, inputs, shared

    def __call__(self) -> dict[str, pa.Table]:
        """Return the tables that the node hands on, by well, or one for all."""
        with self.shared.costs.of([self.node.id]):
            rows = sum(len(table) for _, tables in self.inputs for table in tables.values())
            self.shared.costs.add(self.node.id, rows_in=rows)
            if self.node.kind is Kind.SINK:
                self._run()
                self.shared.costs.add(self.node.id, written=self._written())
                return dict(self.inputs[0][1])
            key = self._key()
            found = self.shared.find(self.node.id, key)
            result = self._made(key) if found is None else found
            tables = split_wells(self.node.schema, result) if self.node.per_well else \
                {WHOLE: result.cast(self.node.schema)}
            self.shared.costs.add(self.node.id, cached=0 if found is None else len(tables))
            return tables

    def _made(self, key: str | None) -> pa.Table:
        results = self.shared.results
        gathered: list[pa.Table] = []

        def gather(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> pa.Table:
            gathered.append(results.gather(schema, self._watched(batches)))
            return gathered[0]

        made = self._run(gather)
        if not any(made is each for each in gathered):
            return results.keep(made, key)
        if key is not None:
            results.remember(key, made)
        return made

    def _run(self, gather: Gather | None = None) -> pa.Table:
        tables = [join_wells(schema, tables) for schema, tables in self.inputs]
        return run_table(self.node, tables, self.shared.check, self.shared.results.left, gather)

    def _written(self) -> int:
        """Return the size of the file that a sink has written, if it writes one."""
        path = self.node.parameters.get("path")
        try:
            return Path(path).expanduser().stat().st_size if isinstance(path, str) else 0
        except OSError:
            return 0

    def _watched(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            self.shared.check()
            yield batch

    def _key(self) -> str | None:
        if not self.shared.lasting.get(self.node.id):
            return None
        try:
            return self.shared.keys.whole(self.node.id, [list(tables) for _, tables in self.inputs])
        except (OSError, KeyError):  # a file is gone, or something before it has no key
            return None
