// Sealing of what lies on the device: AES-GCM under a key that the browser keeps and no script can read out.
//
// What this protects, and what not, stands in docs/adr/0024: text and photos do not lie readable in the files of the
// browser, and a sealed row is of no use once the key is deleted. It does not replace the tablet's own encryption.

const NONCE_BYTES = 12;
const text = { to: new TextEncoder(), from: new TextDecoder() };

/** A new key; it can be stored in IndexedDB, but its bytes cannot be exported. */
export function newKey() {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** Bytes sealed under the key: `{nonce, bytes}`. */
export async function sealBytes(key, bytes) {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  return { nonce, bytes: await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, bytes) };
}

/** The bytes that were sealed; rejects where the key or the bytes are others. */
export function openBytes(key, sealed) {
  return crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.nonce }, key, sealed.bytes);
}

/** Anything that JSON can say, sealed. */
export function seal(key, content) {
  return sealBytes(key, text.to.encode(JSON.stringify(content)));
}

export async function open(key, sealed) {
  return JSON.parse(text.from.decode(await openBytes(key, sealed)));
}
