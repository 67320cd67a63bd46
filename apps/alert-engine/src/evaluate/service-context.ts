/** What the service says of itself to the person on call (resource attributes). */
export interface ServiceContext {
  readonly owner?: string;
  readonly runbookUrl?: string;
  readonly dashboardUrl?: string;
}

/** @param attribute of the resource, by its name */
export function serviceContext(attribute: (name: string) => string | undefined): ServiceContext {
  const owner = attribute('service.owner');
  const runbookUrl = attribute('service.runbook.url');
  const dashboardUrl = attribute('service.dashboard.url');
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(runbookUrl === undefined ? {} : { runbookUrl }),
    ...(dashboardUrl === undefined ? {} : { dashboardUrl }),
  };
}
