import { spansOfTrace, traceUrl, type StoredSpan } from '../../backends/traces.ts';
import type { EvidenceCheck } from '../drill.ts';
import { traceIdsOf } from './alerts.ts';

/** One of the alert's traces is in Tempo, and has spans for which `look` has something to say. */
export function tracesWith(
  what: string,
  look: (spans: readonly StoredSpan[]) => string | undefined,
): EvidenceCheck {
  return {
    what,
    check: async (alert) => {
      const traceIds = traceIdsOf(alert);
      for (const traceId of traceIds) {
        const said = look(await spansOfTrace(traceId));
        if (said !== undefined) return { holds: true, found: `${said}, ${traceUrl(traceId)}` };
      }
      return {
        holds: false,
        found: `not in ${traceIds.map(traceUrl).join(' or ') || 'any: it names no trace'}`,
      };
    },
  };
}

/** One of the alert's traces is one that the drill has made. */
export function ownTrace(what: string): EvidenceCheck {
  return {
    what,
    check: (alert, run) => {
      const traceIds = traceIdsOf(alert);
      const own = [...run.traceIds, ...(run.load?.failedTraceIds ?? [])];
      const found = traceIds.find((traceId) => own.includes(traceId));
      if (found !== undefined) return { holds: true, found: traceUrl(found) };
      return { holds: false, found: `it names ${traceIds.join(', ') || 'no trace'}` };
    },
  };
}

/** The alert's value, in seconds, a ratio, or a number, is within these bounds. */
export function valueBetween(what: string, min: number, max = Infinity): EvidenceCheck {
  return {
    what,
    check: ({ value, annotations }) => ({
      holds: Number(value) >= min && Number(value) <= max,
      found: annotations.value ?? value,
    }),
  };
}

/** Whom to call. */
export const owner: EvidenceCheck = {
  what: 'the owner of the service',
  check: ({ annotations: { service_owner: found } }) => ({
    holds: found !== undefined,
    found: found ?? 'nobody',
  }),
};
