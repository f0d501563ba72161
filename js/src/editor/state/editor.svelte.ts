import { getContext, setContext } from 'svelte';
import { CONNECTING } from '../../document/status';
import type { Connection, Fragment, Position, SyncState } from '../../document/types';
import type { OperatorCard, Problem } from '../../kernel/protocol';
import { columnOf, namedInputs, standIn } from '../columns';
import { plural } from '../format';
import type { Ports } from '../geometry';
import { nodeLabel } from '../labels';
import { connectionFrom, freePlace, heightOf, rightOf, type Box } from '../placement';
import { refusal, type PortGraph, type PortNode } from '../ports';
import { mergeProblems, spoken, structuralProblems, unknownOperator } from '../problems';
import { unhurried } from '../unhurried';
import type { EditorProps } from '../props';
import { Graph } from './graph.svelte';
import { Panels } from './panels.svelte';
import { Presence } from './presence.svelte';
import { Session } from './session.svelte';
import { FlowView, type CardNode } from './view.svelte';

const KEY = Symbol('mudrock-editor');

/** What the canvas can be asked to do; the canvas component fills it in. */
export interface Camera {
  fit(): void;
  centre(id: string): void;
  /** The middle of what is in view, in the graph's coordinates. */
  middle(): Position;
}

/** One mounted editor: its state, and everything a person can do with the graph. */
export class Editor {
  readonly graph: Graph;
  readonly session: Session;
  readonly presence: Presence;
  readonly panels = new Panels();
  readonly view: FlowView;
  sync = $state.raw<SyncState>(CONNECTING);
  /** Said to screen readers. */
  announcement = $state.raw('');
  #mended = $state.raw<string | null>(null);
  /** Why the connection being drawn cannot work; null when it can, or none is drawn. */
  refused = $state.raw<string | null>(null);
  camera: Camera | null = null;
  /** Puts the keyboard focus on the editor itself. */
  focus: () => void = () => undefined;
  /** Puts the keyboard focus on the first parameter. */
  focusParameters: () => void = () => undefined;

  readonly problems = $derived.by(() => this.#allProblems());
  readonly #stop: () => void;

  constructor(readonly props: EditorProps) {
    this.graph = new Graph(props.document);
    this.session = new Session(props.kernel);
    this.presence = new Presence(props.sync.awareness);
    this.view = new FlowView(this.graph, (id) => this.portsOf(id));
    this.#stop = props.sync.state.subscribe((state) => (this.sync = state));
  }

  get readOnly(): boolean {
    const connection = this.session.hello?.connection;
    return this.sync.readOnly || (connection?.kind === 'file' && connection.writable === false);
  }

  /** The run that was refused, until what it was refused for is mended. */
  get refusedRun(): string | null {
    const { run } = this.graph;
    return run?.status === 'invalid' && run.runId !== this.#mended ? (run.runId ?? '') : null;
  }

  /** Every problem a run was refused for is gone: what comes after is new. */
  noteMended(): void {
    if (this.refusedRun === null || !this.session.checked) return;
    if (this.problems.every((each) => each.severity !== 'error')) this.#mended = this.refusedRun;
  }

  get running(): boolean {
    return this.graph.run?.status === 'running';
  }

  get canRun(): boolean {
    return this.session.available && this.graph.states.size > 0;
  }

  /** The one selected node, if it is just one. */
  get current(): string | null {
    const { selected } = this.view;
    return selected.length === 1 ? (selected[0] ?? null) : null;
  }

  card(id: string): OperatorCard | undefined {
    return this.session.card(this.graph.state(id)?.node.operatorId ?? '');
  }

  /** A node's ports: its operator's, or what its type and edges suggest while that is unknown. */
  portsOf(id: string): Ports {
    const card = this.card(id);
    if (card) return card.ports;
    const type = this.graph.state(id)?.node.nodeType;
    const into = this.graph.edges.filter((edge) => edge.targetNodeId === id);
    const used = [...new Set(into.map((edge) => edge.targetPort))].sort();
    return {
      inputs: type === 'ingestion' ? [] : used.length ? used : ['input'],
      outputs: type === 'output' ? [] : ['output'],
    };
  }

  /** The graph as the connection check reads it. */
  get portGraph(): PortGraph {
    return { node: (id) => this.portNode(id), edges: this.graph.edges };
  }

  portNode(id: string): PortNode | undefined {
    const state = this.graph.state(id);
    if (!state) return undefined;
    const { name, nodeType, curveMapping } = state.node;
    return { id, name, nodeType, curveMapping, card: this.card(id), schema: state.schema };
  }

  /** Why these ports cannot be connected, or null. Also shown while the edge is drawn. */
  refusal(connection: Connection): string | null {
    return this.readOnly ? 'This pipeline is read-only' : refusal(connection, this.portGraph);
  }

  connect(connection: Connection): void {
    const reason = this.refusal(connection);
    if (reason) return this.announce(`Not connected. ${reason}.`);
    let mapped = '';
    this.document.together(() => {
      this.document.connect(connection);
      this.graph.flush();
      mapped = this.#mapStandIns(connection);
    });
    const names = `${this.labelOf(connection.source)} to ${this.labelOf(connection.target)}`;
    this.announce(`Connected ${names}.${mapped}`);
  }

  /** Add an operator where asked, else to the right of the selected node, connected if it can be. */
  add(card: OperatorCard, at: Position | null = null): void {
    if (this.readOnly) return;
    const anchor = at ? null : this.current;
    this.panels.quickAdd = null;
    this.panels.parameters = !this.panels.narrow;
    if (this.panels.narrow) this.panels.palette = false;
    this.document.together(() => {
      const id = this.document.addNode(card, this.#placeFor(card, at, anchor));
      this.graph.flush();
      this.view.select([id]);
      const connection = anchor && connectionFrom(anchor, id, card, this.portGraph);
      if (connection) this.connect(connection);
      else this.announce(`Added ${card.title}.`);
    });
    this.focus();
  }

  insert(fragment: Fragment, offset: Position = [0, 0]): void {
    if (this.readOnly) return;
    const ids = this.document.paste(fragment, offset);
    this.graph.flush();
    this.view.select(ids);
    this.announce(`Added ${plural(ids.length, 'node')}.`);
    this.focus();
  }

  removeSelected(): void {
    const { selected, selectedEdges } = this.view;
    if (this.readOnly || selected.length + selectedEdges.length === 0) return;
    const names = selected.map((id) => this.labelOf(id)).join(', ');
    this.document.remove(selected, selectedEdges);
    this.graph.flush();
    this.announce(names ? `Removed ${names}.` : `Removed ${plural(selectedEdges.length, 'edge')}.`);
    // The focused card is gone; without this the focus falls to the page and Ctrl+Z misses us.
    this.focus();
  }

  undo(): void {
    if (this.readOnly || !this.graph.canUndo) return;
    this.document.undo();
    this.graph.flush();
    this.announce('Undone.');
  }

  redo(): void {
    if (this.readOnly || !this.graph.canRedo) return;
    this.document.redo();
    this.graph.flush();
    this.announce('Redone.');
  }

  runOrStop(): void {
    if (this.running) void this.session.stop();
    else if (this.canRun) void this.session.run();
  }

  /** Select a node and bring it to the middle. */
  jumpTo(id: string): void {
    this.view.select([id]);
    this.panels.parameters = true;
    this.camera?.centre(id);
  }

  /** What a node is called wherever it is spoken of. */
  labelOf(id: string): string {
    const node = this.graph.state(id)?.node;
    return node ? nodeLabel(node.name, node.operatorId, this.card(id)?.title) : id;
  }

  announce(words: string): void {
    this.announcement = words;
  }

  destroy(): void {
    this.#stop();
    this.view.destroy();
    this.presence.destroy();
    this.session.destroy();
    this.graph.destroy();
  }

  get document(): EditorProps['document'] {
    return this.props.document;
  }

  boxes(which: (node: CardNode) => boolean = () => true): Box[] {
    return this.view.nodes.filter(which).map((node) => ({
      position: [node.position.x, node.position.y],
      height: node.height ?? 0,
    }));
  }

  #placeFor(card: OperatorCard, at: Position | null, anchor: string | null): Position {
    const height = heightOf(card);
    if (at) return [Math.round(at[0]), Math.round(at[1])];
    const node = anchor ? this.view.nodes.find((each) => each.id === anchor) : undefined;
    if (!node) return freePlace(this.camera?.middle() ?? [0, 0], this.boxes(), height);
    const box: Box = { position: [node.position.x, node.position.y], height: node.height ?? 0 };
    return rightOf(box, this.boxes(), height);
  }

  /** A missing input that one column plainly stands in for is mapped to it, and that is said. */
  #mapStandIns({ source, target }: Connection): string {
    const columns = this.graph.state(source)?.schema;
    const node = this.graph.state(target)?.node;
    const card = this.card(target);
    if (!columns?.length || !node || !card) return '';
    let said = '';
    for (const input of namedInputs(card)) {
      const wanted = columnOf(input, node.curveMapping);
      if (columns.some((column) => column.name === wanted)) continue;
      const column = standIn(input, columns);
      if (!column) continue;
      this.document.setCurveMapping(target, input.name, column.name);
      said += ` ${input.mnemonic} is read from ${column.name}.`;
    }
    return said;
  }

  /** Problems in the words of the screen; those of unfinished work stay quiet until a run was asked for. */
  #allProblems(): Problem[] {
    const all = mergeProblems(this.session.problems, this.#localProblems());
    const shown = this.refusedRun ? all : unhurried(all, this.portGraph);
    return shown.map((each) => {
      const name = each.node && this.graph.state(each.node)?.node.name;
      return each.node && name ? spoken(each, name, this.labelOf(each.node)) : each;
    });
  }

  #localProblems(): Problem[] {
    const graph = this.portGraph;
    const nodes: PortNode[] = [];
    const unknown: Problem[] = [];
    for (const [id, { node }] of this.graph.states) {
      const portNode = graph.node(id);
      if (portNode) nodes.push(portNode);
      if (this.session.ready && !portNode?.card) unknown.push(unknownOperator(id, node.operatorId));
    }
    return [...unknown, ...structuralProblems(nodes, graph)];
  }
}

export function provideEditor(editor: Editor): void {
  setContext(KEY, editor);
}

export function useEditor(): Editor {
  return getContext<Editor>(KEY);
}
