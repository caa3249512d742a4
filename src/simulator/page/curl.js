// A webhook call as a curl command that sends the same parameters and the same signature.

/** What curl works out by itself. */
const LEFT_OUT = new Set(["host", "content-length", "content-type", "connection", "accept-encoding", "transfer-encoding"]);

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** @param {import("./api.js").Call} call */
export function asCurl({ method, url, headers, parameters, signature }) {
  const sent = headers.filter(([name]) => !LEFT_OUT.has(name.toLowerCase()));
  if (signature && !sent.some(([name]) => name.toLowerCase() === "x-twilio-signature")) {
    sent.push(["X-Twilio-Signature", signature]);
  }
  return [
    method === "GET" ? `curl --get ${quoted(url)}` : `curl -X ${method} ${quoted(url)}`,
    ...sent.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...parameters.map(([name, value]) => `--data-urlencode ${quoted(`${name}=${value}`)}`),
  ].join(" \\\n  ");
}
