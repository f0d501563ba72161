import type { NodeRun, PipelineNode } from '../../document/types';
import type { Column, Problem } from '../../kernel/protocol';

/** All that is known of one node. A change here repaints this node's card and nothing else. */
export class NodeState {
  node: PipelineNode = $state.raw(undefined as never);
  run = $state.raw<NodeRun | undefined>(undefined);
  problems = $state.raw<readonly Problem[]>([]);
  /** The columns it makes; undefined as long as no kernel has said. */
  schema = $state.raw<readonly Column[] | undefined>(undefined);
  /** Its result is not that of the pipeline as it is now. */
  stale = $state.raw(false);
  /** The colours of the other people who have it selected. */
  selectedBy = $state.raw<readonly { name: string; color: string }[]>([]);

  constructor(node: PipelineNode, run: NodeRun | undefined) {
    this.node = node;
    this.run = run;
  }
}
