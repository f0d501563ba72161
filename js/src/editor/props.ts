import type { PipelineDocument } from '../document/pipeline';
import type { Sync } from '../document/types';
import type { Kernel } from '../kernel/protocol';

/** What a host gives the editor. Without a kernel the graph can be edited but not run. */
export interface EditorProps {
  document: PipelineDocument;
  sync: Sync;
  kernel: Kernel | null;
  /** Pixels; without it the editor fills its target. */
  height?: number;
}
