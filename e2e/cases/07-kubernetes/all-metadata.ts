import { METADATA_NAMES } from '../../../apps/enrichment-processor/dist/enrich/kubernetes/config/metadata-names.js';

/** Everything that extract.metadata can name. */
export const METADATA: readonly string[] = METADATA_NAMES;
