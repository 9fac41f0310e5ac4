const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** As Microsoft writes ids of objects, tenants and applications, in any letter case. */
export function isGuid(text: string): boolean {
  return GUID.test(text)
}
