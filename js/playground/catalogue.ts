/** A small catalogue with one operator of each shape the editor has to draw. */
import type { OperatorCard, ParameterSchema } from '../src/kernel/protocol';

type Sketch = Partial<OperatorCard> & Pick<OperatorCard, 'id' | 'title' | 'family'>;

function card(sketch: Sketch, properties: Record<string, ParameterSchema> = {}): OperatorCard {
  const nodeType = sketch.nodeType ?? 'operator';
  return {
    version: '1.0.0',
    summary: `${sketch.title}.`,
    description: '',
    category: 'subsurface',
    nodeType,
    kind: 'row',
    inputs: [],
    outputs: [],
    ports: {
      inputs: nodeType === 'ingestion' ? [] : ['input'],
      outputs: nodeType === 'output' ? [] : ['output'],
    },
    anyCurve: false,
    formula: '',
    source: '',
    parameters: { type: 'object', properties },
    ...sketch,
  };
}

const input = (name: string, mnemonic: string, unit: string, optional = false) => ({
  name,
  mnemonic,
  unit,
  description: '',
  optional,
});
const output = (mnemonic: string, unit: string) => ({ name: mnemonic.toLowerCase(), mnemonic, unit });
const number = (title: string, value: number, more: ParameterSchema = {}): ParameterSchema => ({
  type: 'number',
  title,
  default: value,
  ...more,
});
const gammaRay = {
  gr_clean: number('Gr Clean', 20, {
    description: 'Gamma ray of clean rock',
    'x-unit': 'gAPI',
    'x-slider': [0, 150],
  }),
  gr_shale: number('Gr Shale', 120, {
    description: 'Gamma ray of shale',
    'x-unit': 'gAPI',
    'x-slider': [0, 300],
    exclusiveMinimum: 0,
  }),
  clip: { type: 'boolean', title: 'Clip', default: true, description: 'Keep the result within 0 and 1' },
} satisfies Record<string, ParameterSchema>;

const anyCurve: ParameterSchema = {
  type: 'array',
  items: { type: 'string', 'x-curve': true },
  title: 'Curves',
  minItems: 1,
};

export const CATALOGUE: OperatorCard[] = [
  card(
    {
      id: 'well_logs',
      title: 'Well logs',
      family: 'wells',
      nodeType: 'ingestion',
      summary: "Logs of the project's wells, one row per depth sample.",
    },
    {
      wells: {
        anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }],
        default: null,
        description: 'The wells to read; all of the project if empty',
      },
      curves: {
        anyOf: [{ type: 'array', items: { type: 'string', 'x-curve': true } }, { type: 'null' }],
        default: null,
        description: 'The curves to read; all of them if empty',
      },
      depth: {
        anyOf: [
          { type: 'array', prefixItems: [{ type: 'number' }, { type: 'number' }] },
          { type: 'null' },
        ],
        default: null,
        description: "Top and base depth, in the project's depth unit",
        'x-unit': 'm',
      },
      set: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null },
    },
  ),
  ...['Larionov, Tertiary rocks', 'Larionov, older rocks', 'Clavier', 'Linear'].map((name, index) =>
    card(
      {
        id: ['vsh_larionov_tertiary', 'vsh_larionov_older', 'vsh_clavier', 'vsh_linear'][index] ?? '',
        title: `Shale volume, ${name}`,
        family: 'vshale',
        summary: 'Shale volume from gamma ray.',
        description: 'Shale volume from gamma ray, Tertiary and unconsolidated rocks.',
        inputs: [input('gr', 'GR', 'gAPI')],
        outputs: [output('VSH', 'v/v')],
        formula: 'IGR = (GR - gr_clean) / (gr_shale - gr_clean)\nVSH = 0.083 * (2^(3.7 * IGR) - 1)',
        source: 'Larionov (1969)',
      },
      gammaRay,
    ),
  ),
  card(
    {
      id: 'phi_density',
      title: 'Density porosity',
      family: 'porosity',
      inputs: [input('rhob', 'RHOB', 'g/cm3')],
      outputs: [output('PHID', 'v/v')],
      formula: 'PHID = (rho_ma - RHOB) / (rho_ma - rho_fl)',
    },
    {
      rho_ma: number('Rho Ma', 2.65, {
        'x-unit': 'g/cm3',
        minimum: 2,
        maximum: 3.5,
        'x-slider': [2.5, 3.1],
        description: 'Density of the matrix: 2.65 sandstone, 2.71 limestone, 2.87 dolomite',
      }),
      rho_fl: number('Rho Fl', 1, { 'x-unit': 'g/cm3', 'x-slider': [0.6, 1.3] }),
    },
  ),
  card(
    {
      id: 'sw_archie',
      title: 'Archie water saturation',
      family: 'saturation',
      inputs: [input('rt', 'RT', 'ohm.m'), input('phi', 'PHI', 'v/v')],
      outputs: [output('SW', 'v/v')],
      formula: 'SW = (a * rw / (PHI^m * RT))^(1/n)',
      source: 'Archie (1942)',
    },
    {
      rw: number('Rw', 0.1, { 'x-unit': 'ohm.m', exclusiveMinimum: 0 }),
      a: number('A', 1, { 'x-slider': [0.5, 1.5] }),
      m: number('M', 2, { 'x-slider': [1.3, 3] }),
      n: number('N', 2, { 'x-slider': [1.5, 3] }),
    },
  ),
  card(
    { id: 'sig_moving_average', title: 'Moving average', family: 'smoothing', anyCurve: true },
    {
      curves: anyCurve,
      window: { type: 'integer', title: 'Window', default: 21, minimum: 1, maximum: 201 },
      method: { type: 'string', enum: ['mean', 'weighted', 'triangular'], default: 'mean' },
    },
  ),
  card({ id: 'sig_hampel', title: 'Despike (Hampel)', family: 'smoothing', anyCurve: true }, { curves: anyCurve }),
  card({
    id: 'join_wells',
    title: 'Join',
    family: 'tables',
    kind: 'table',
    ports: { inputs: ['left', 'right'], outputs: ['output'] },
  }),
  card({ id: 'filter', title: 'Filter rows', family: 'tables' }, { where: { type: 'string', title: 'Where' } }),
  card({ id: 'output', title: 'Output', family: 'output', nodeType: 'output' }),
  card(
    { id: 'output_parquet', title: 'Parquet file', family: 'output', nodeType: 'output' },
    { path: { type: 'string', title: 'Path' } },
  ),
];
