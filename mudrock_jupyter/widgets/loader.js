// Fetches the editor from the Jupyter server, else from the kernel (VS Code, Colab). It is this
// short because anywidget stores it in every widget's state, so in every saved notebook.

const PATIENCE = 30_000;

function pageUrl() {
  const config = document.getElementById('jupyter-config-data')?.textContent;
  const base = config ? JSON.parse(config).baseUrl : document.body.dataset.baseUrl;
  return base && new URL(base.endsWith('/') ? base : `${base}/`, location.href);
}

async function fromServer(version) {
  const base = pageUrl();
  if (!base) throw new Error('this page has no Jupyter server');
  return import(new URL(`mudrock/static/widget.js?v=${version}`, base).href);
}

function bytesFromKernel(model) {
  return new Promise((resolve, reject) => {
    const done = (settle, value) => {
      clearTimeout(timer);
      model.off('msg:custom', heard);
      settle(value);
    };
    const heard = (content, buffers) => {
      if (!content?.bundle) return;
      if (content.error) done(reject, new Error(content.error));
      else done(resolve, buffers[0]);
    };
    const timer = setTimeout(() => done(reject, new Error('the kernel does not answer')), PATIENCE);
    model.on('msg:custom', heard);
    model.send({ bundle: true });
  });
}

async function fromKernel(model) {
  const bytes = await bytesFromKernel(model);
  const url = URL.createObjectURL(new Blob([bytes], { type: 'text/javascript' }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function load(model) {
  try {
    return await fromServer(model.get('version'));
  } catch {
    return fromKernel(model);
  }
}

function explain(error) {
  const note = document.createElement('p');
  note.setAttribute('role', 'alert');
  note.textContent =
    `The pipeline editor could not be loaded: ${error.message}. Run the cell again; if that does ` +
    'not help, enable the server extension (jupyter server extension enable mudrock_jupyter) and ' +
    'reload the page. The pipeline itself is safe and can be used from Python.';
  return note;
}

export default () => {
  let editor;
  let failure;
  return {
    async initialize(context) {
      try {
        editor = (await load(context.model)).default();
        return await editor.initialize(context);
      } catch (error) {
        console.error('mudrock_jupyter:', error);
        failure = error;
      }
    },
    render(context) {
      if (failure) context.el.replaceChildren(explain(failure));
      else return editor.render(context);
    },
  };
};
