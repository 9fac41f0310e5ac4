import { isIPv6 } from 'node:net'

/** What counts as one place an attempt comes from: an IPv4 address, or the /64 that one connection gets of IPv6. */
export function networkOf(address: string): string {
  const [plain = ''] = address.split('%')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1]
  if (mapped !== undefined) return mapped
  return isIPv6(plain) ? `${groups(plain).slice(0, 4).join(':')}::/64` : plain
}

/** All eight groups, without leading zeros. */
function groups(address: string): string[] {
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''))
  // An IPv4 address at the end stands for two groups, none of which is in the first half.
  const gap = Math.max(0, 8 - head.length - tail.length)
  const zeros = Array.from({ length: address.includes('::') ? gap : 0 }, () => '0')
  return [...head, ...zeros, ...tail].map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
}
