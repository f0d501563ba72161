import { LabIcon } from '@jupyterlab/ui-components';

/** Three beds of rock with a log beside them. */
export const icon = new LabIcon({
  name: 'mudrock-jupyter:pipeline',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">
  <g class="jp-icon3" fill="#616161">
    <path d="M2 2h6v3H2z" opacity=".45"/><path d="M2 6.5h6v3H2z" opacity=".75"/><path d="M2 11h6v3H2z"/>
  </g>
  <path class="jp-icon-brand0" d="M11 2l2.500 2.500-4 3 4.500 3.500-3 3" fill="none" stroke="#0f766e"
    stroke-width="1.500" stroke-linejoin="round" stroke-linecap="round"/>
</svg>`,
});
