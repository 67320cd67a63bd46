import type * as common from '@grafana/grafana-foundation-sdk/common';

/** The data sources of backends/grafana/provisioning, by their fixed uids. */
export const prometheus: common.DataSourceRef = { type: 'prometheus', uid: 'prometheus' };
export const loki: common.DataSourceRef = { type: 'loki', uid: 'loki' };
export const tempo: common.DataSourceRef = { type: 'tempo', uid: 'tempo' };
