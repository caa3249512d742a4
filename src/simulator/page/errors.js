// Twilio's error codes that a bot meets on WhatsApp, in a sentence each.
// Source: https://www.twilio.com/docs/api/errors

/** @type {Record<number, string>} */
const SENTENCES = {
  11100: "The webhook's URL is malformed.",
  11200: "The webhook answered with an error, too late or not at all.",
  11201: "No connection to the webhook in time.",
  11202: "The webhook refused the connection. Is the bot running?",
  11203: "The webhook took longer than it may.",
  11205: "The webhook cannot be reached.",
  11206: "The webhook's answer was not HTTP.",
  11210: "The webhook's host name does not resolve.",
  11215: "The webhook redirected too often.",
  11217: "The webhook answered with an error status.",
  11220: "The TLS handshake with the webhook failed.",
  11750: "The TwiML is larger than 64 kB.",
  11751: "The media is larger than the channel allows.",
  12100: "The answer is not well-formed XML.",
  12101: "The XML version is not supported.",
  12102: "The root of the TwiML is not <Response>.",
  12200: "The TwiML holds an element or attribute that Twilio does not know; it was skipped.",
  12300: "The answer's content type cannot be used; text/xml is expected.",
  12400: "An internal failure on Twilio's side.",
  14103: "The message's text is longer than 1,600 characters.",
  14110: "The TwiML holds a verb that cannot be used in a message.",
  20429: "Too many requests.",
  21211: "The To number is not valid.",
  21610: "The person has opted out with STOP.",
  21617: "The message's text is longer than 1,600 characters.",
  21619: "The message has neither text nor media.",
  63001: "WhatsApp rejected the sender's authentication.",
  63003: "The person cannot be reached on WhatsApp.",
  63005: "WhatsApp did not accept the content.",
  63007: "No WhatsApp sender is set up for this From address.",
  63012: "An internal failure at WhatsApp.",
  63013: "The content is against WhatsApp's policy.",
  63014: "The person has blocked this sender.",
  63015: "The person has not joined the sandbox, or joined too long ago.",
  63016: "Free-form text outside the 24-hour session; only templates may be sent.",
  63017: "Sent too fast: the rate limit was reached.",
  63018: "Sent too fast: the channel's rate limit was reached.",
  63019: "The media could not be downloaded.",
  63021: "The content is not valid for WhatsApp.",
  63024: "The recipient is not valid.",
  63027: "The template does not exist in that language.",
  63028: "The number of variables does not fit the template.",
  63031: "From and To are the same address.",
  63034: "The media is too large.",
};

/** What a code means; the simulator's own words are better where it has some. @param {number | null} code @param {string | null} [message] */
export const meaning = (code, message) =>
  message || (code === null ? "" : SENTENCES[code]) || "It failed; the webhook calls tell more.";

/** `63016: Free-form text outside …`. @param {number | null} code @param {string | null} [message] */
export const explain = (code, message) => (code === null ? "" : `${code}: `) + meaning(code, message);

/** The link to what Twilio says about it. @param {number} code */
export const explained = (code) => `https://www.twilio.com/docs/api/errors/${code}`;
