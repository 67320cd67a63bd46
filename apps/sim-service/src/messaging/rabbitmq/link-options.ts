/** How often a broker that is away is tried again. */
export const RECONNECT_SECONDS = 1;
/** A broker that says nothing for twice this is gone. */
export const HEARTBEAT_SECONDS = 5;
