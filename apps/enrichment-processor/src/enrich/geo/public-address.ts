import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Addresses that are nowhere in particular: private, loopback, link-local, documentation, multicast. */
// https://www.iana.org/assignments/iana-ipv4-special-registry
const NOWHERE_IPV4 = blockList('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]);
// https://www.iana.org/assignments/iana-ipv6-special-registry; only 2000::/3 is given out at all.
const NOWHERE_IPV6 = blockList('ipv6', [
  ['::', 3],
  ['2001:db8::', 32],
  ['3fff::', 20],
  ['4000::', 2],
  ['8000::', 1],
]);

function blockList(family: 'ipv4' | 'ipv6', networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, family);
  return list;
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * An address that a database can place, in the form to look it up by: no zone, an IPv4 address in IPv6 clothes
 * as IPv4. undefined for any that cannot be placed, and for what is no address.
 */
export function publicAddress(text: string): string | undefined {
  const address = MAPPED.exec(text)?.[1] ?? text;
  if (isIPv4(address)) return NOWHERE_IPV4.check(address, 'ipv4') ? undefined : address;
  if (isIPv6(address) && !address.includes('%')) {
    return NOWHERE_IPV6.check(address, 'ipv6') ? undefined : address;
  }
  return undefined;
}
