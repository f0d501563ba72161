import { arrange, type ArrangeRequest } from './arrange';

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<ArrangeRequest>) => void) | null;
  postMessage(message: unknown): void;
};

scope.onmessage = ({ data }) => scope.postMessage(arrange(data));
