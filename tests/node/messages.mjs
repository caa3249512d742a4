// Twilio's library against the REST API: sends, lists, fetches, redacts, deletes, makes templates.
// Arguments: MODULES URL ACCOUNT TOKEN.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [modules, url, account, token] = process.argv.slice(2);
const twilio = createRequire(`${modules}/twilio/package.json`)("twilio");
const [BOT, ANA, BEN] = ["whatsapp:+14155238886", "whatsapp:+15005550006", "whatsapp:+15005550007"];

/** The library as it is, at another host: each of its domains has its base URL as a property. */
function clientOf(account, token) {
  const client = twilio(account, token);
  client.api.baseUrl = client.content.baseUrl = url;
  return client;
}

async function refused(code, status, call) {
  await assert.rejects(call, (error) => {
    assert.deepEqual([error.code, error.status], [code, status], String(error));
    assert.ok(error.message && error.moreInfo);
    return true;
  });
}

const client = clientOf(account, token);

// Ana has written, so free-form text may be sent.
const sent = [];
for (let number = 0; number < 12; number += 1) {
  sent.push(await client.messages.create({ from: BOT, to: ANA, body: `number ${number} *ü* 🐟` }));
}
const [first] = sent;
assert.deepEqual([first.status, first.direction, first.errorCode], ["queued", "outbound-api", null]);
assert.deepEqual([first.from, first.to, first.body], [BOT, ANA, "number 0 *ü* 🐟"]);
assert.ok(Math.abs(first.dateCreated - Date.now()) < 300_000);
assert.equal((await first.fetch()).status, "delivered");

// Lists: several pages, newest first, filtered, limited.
const listed = await client.messages.list({ to: ANA, from: BOT, pageSize: 5 });
const byApi = listed.filter((message) => message.direction === "outbound-api");
assert.deepEqual(byApi.map((message) => message.sid), sent.map((message) => message.sid).reverse());
assert.equal((await client.messages.list({ to: ANA, limit: 7, pageSize: 3 })).length, 7);
const page = await client.messages.page({ to: ANA, pageSize: 5 });
const behind = await page.nextPage();
assert.equal(behind.instances.length, 5);
assert.ok(await behind.previousPage());
assert.deepEqual(await client.messages.list({ to: BEN }), []);
const later = new Date(Date.now() + 2 * 24 * 3_600_000);
assert.deepEqual(await client.messages.list({ dateSentAfter: later }), []);

// Content templates: made, listed over pages, sent, shown to WhatsApp, deleted.
const template = await client.content.v1.contents.create({
  friendly_name: "shipped",
  language: "en",
  variables: { 1: "A-17" },
  types: { "twilio/text": { body: "Order {{1}} has shipped." } },
});
assert.ok(template.sid.startsWith("HX") && template.dateCreated instanceof Date);
const contents = client.content.v1.contents;
assert.equal((await contents(template.sid).fetch()).friendlyName, "shipped");
assert.equal((await contents.list({ pageSize: 1 })).length, 4);
const byTemplate = { from: BOT, to: BEN, contentSid: template.sid, contentVariables: '{"1":"B-2"}' };
const early = await client.messages.create(byTemplate);
assert.equal(early.body, "Order B-2 has shipped.");
assert.equal((await early.fetch()).errorCode, 63016);
const asked = await contents(template.sid).approvalCreate.create({ name: "shipped", category: "UTILITY" });
assert.deepEqual([asked.status, asked.category], ["received", "UTILITY"]);
assert.equal((await contents(template.sid).approvalFetch().fetch()).whatsapp.status, "approved");
const opened = await client.messages.create(byTemplate);
assert.equal((await opened.fetch()).status, "delivered");
assert.equal(await contents(template.sid).remove(), true);
await refused(20404, 404, () => contents(template.sid).fetch());

// Redacted, then gone.
assert.equal((await client.messages(first.sid).update({ body: "" })).body, "");
assert.equal(await client.messages(first.sid).remove(), true);
await refused(20404, 404, () => client.messages(first.sid).fetch());
for (const message of await client.messages.list({ to: ANA })) assert.ok(await message.remove());
assert.deepEqual(await client.messages.list({ to: ANA }), []);

await refused(21211, 400, () => client.messages.create({ from: BOT, to: "whatsapp:ana", body: "a" }));
await refused(21617, 400, () => client.messages.create({ from: BOT, to: ANA, body: "x".repeat(1601) }));
await refused(20003, 401, () => clientOf(account, "wrong").messages.create({ from: BOT, to: ANA, body: "a" }));
console.log("accepted");
