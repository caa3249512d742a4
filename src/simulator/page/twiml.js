// Prints TwiML with indents and colours, as it came: malformed XML is shown as well, and all of it is text.

import { make } from "./dom.js";

const INDENT = "  ";
const TOKENS = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<\/?[^<>]*>|[^<]+|</g;
const TAG = /^(<\/?)([^\s/>]*)([\s\S]*?)(\/?>)$/;
const ATTRIBUTE = /([^\s=]+)(\s*=\s*)("[^"]*"|'[^']*')/g;

/** @param {string} kind @param {string} text */
const piece = (kind, text) => make("span", { class: `xml-${kind}` }, text);

/** @param {string} text @returns {(Node | string)[]} */
function attributes(text) {
  const pieces = [];
  let from = 0;
  for (const match of text.matchAll(ATTRIBUTE)) {
    const [whole, name, sign, value] = match;
    pieces.push(text.slice(from, match.index), piece("name", name), piece("sign", sign), piece("value", value));
    from = match.index + whole.length;
  }
  return [...pieces, text.slice(from)];
}

/** @param {string} token @returns {(Node | string)[]} */
function coloured(token) {
  if (token.startsWith("<!--") || token.startsWith("<?")) return [piece("comment", token)];
  const tag = token.match(TAG);
  if (!tag || token.startsWith("<!")) return [piece("text", token)];
  const [, start, name, rest, end] = tag;
  return [piece("sign", start), piece("tag", name), ...attributes(rest), piece("sign", end)];
}

/** Words stay on the line of their tags: an added line break would look like part of the message. @param {string} token */
const isWords = (token) => !token.startsWith("<") || token.startsWith("<![CDATA[") || token === "<";

/** @param {string} body @returns {(Node | string)[]} */
function indented(body) {
  const tokens = (body.match(TOKENS) ?? []).filter((token) => token.trim() !== "");
  const pieces = [];
  let depth = 0;
  let before = "";
  for (const token of tokens) {
    const closes = token.startsWith("</");
    if (closes) depth = Math.max(0, depth - 1);
    const isEmptyPair = closes && /^<[^/!?]/.test(before) && !before.endsWith("/>");
    const sameLine = before === "" || isWords(token) || isWords(before) || isEmptyPair;
    if (!sameLine) pieces.push("\n", INDENT.repeat(depth));
    pieces.push(...coloured(token));
    if (/^<[^/!?]/.test(token) && !token.endsWith("/>")) depth += 1;
    before = token;
  }
  return pieces;
}

/** The body as it is to be read: indented where it looks like XML, else as it is. @param {string} body */
export function printed(body) {
  const inside = /^\s*</.test(body) ? indented(body) : [body];
  return make("pre", { class: "xml", "data-testid": "twiml", tabindex: "0", "aria-label": "The bot's answer" }, ...inside);
}
