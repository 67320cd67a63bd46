/** Where the programs are; what is undefined is not installed, and not looked at. */
export interface Places {
  /** OTLP/HTTP. */
  readonly collectorUrl: string;
  /** A name for each Collector's pod; the figures are on ports 8888 and 9464 of each. */
  readonly collectorHost: string;
  readonly tempoUrl: string | undefined;
  readonly lokiUrl: string | undefined;
  readonly prometheusUrl: string | undefined;
  readonly alertEngineUrl: string | undefined;
  /** The pod that runs this; without a uid it is no pod, and nothing of Kubernetes is asked for. */
  readonly pod: Readonly<Record<'uid' | 'name' | 'namespace' | 'node', string>> | undefined;
}

/** Reads the environment. Throws when something that is always there is not. */
export function readPlaces(environment: Readonly<NodeJS.ProcessEnv>): Places {
  const of = (name: string): string | undefined => environment[name] || undefined;
  const needed = (name: string): string => {
    const value = of(name);
    if (value === undefined) throw new Error(`${name} is not set`);
    return value;
  };
  const uid = of('POD_UID');
  return {
    collectorUrl: needed('TRACE_COLLECTOR_URL'),
    collectorHost: needed('TRACE_COLLECTOR_HOST'),
    tempoUrl: of('TRACE_TEMPO_URL'),
    lokiUrl: of('TRACE_LOKI_URL'),
    prometheusUrl: of('TRACE_PROMETHEUS_URL'),
    alertEngineUrl: of('TRACE_ALERT_ENGINE_URL'),
    pod: uid === undefined ? undefined : { uid, ...podNames(needed) },
  };
}

function podNames(needed: (name: string) => string): Record<'name' | 'namespace' | 'node', string> {
  return {
    name: needed('POD_NAME'),
    namespace: needed('POD_NAMESPACE'),
    node: needed('NODE_NAME'),
  };
}
