export { KubernetesSource } from './kubernetes-source';
export type { KubernetesState } from './kubernetes-state';
