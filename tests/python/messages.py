"""Twilio's library against the REST API: sends, lists, fetches, redacts, deletes. Arguments: URL ACCOUNT TOKEN."""
import sys
from datetime import datetime, timedelta, timezone

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

url, account, token = sys.argv[1:]
BOT, ANA, BEN = "whatsapp:+14155238886", "whatsapp:+15005550006", "whatsapp:+15005550007"


def client_of(account, token):
    client = Client(account, token)
    client.api.base_url = client.content.base_url = url
    return client


def refused(code, status, call):
    try:
        call()
    except TwilioRestException as error:
        assert (error.code, error.status) == (code, status), error
        assert error.uri and error.msg, error
    else:
        raise AssertionError(f"{code} was expected")


client = client_of(account, token)

# Ana has written, so free-form text may be sent.
sent = [client.messages.create(from_=BOT, to=ANA, body=f"number {number} *ü* 🐟") for number in range(25)]
first = sent[0]
assert first.status == "queued" and first.direction == "outbound-api" and first.error_code is None
assert first.account_sid == account and first.api_version == "2010-04-01" and first.num_media == "0"
assert (first.from_, first.to, first.body) == (BOT, ANA, "number 0 *ü* 🐟")
assert abs(first.date_created - datetime.now(timezone.utc)) < timedelta(minutes=5)
assert first.date_sent is None and first.subresource_uris["media"].endswith("/Media.json")

now = client.messages(first.sid).fetch()
assert now.status == "delivered" and now.date_sent == now.date_created
assert first.fetch().sid == first.sid

picture = client.messages.create(from_=BOT, to=ANA, media_url=["https://example.com/menu.png"])
assert picture.sid.startswith("MM") and picture.num_media == "1"

# Lists: several pages, newest first, filtered, limited.
listed = client.messages.list(to=ANA, from_=BOT, page_size=10)
by_api = [message for message in listed if message.direction == "outbound-api"]
assert [message.sid for message in by_api] == [message.sid for message in reversed([*sent, picture])]
assert len(client.messages.list(to=ANA, limit=7, page_size=3)) == 7
page = client.messages.page(to=ANA, page_size=5)
assert len(list(page)) == 5
behind = page.next_page()
assert len(list(behind)) == 5 and behind.previous_page() is not None
assert client.messages.get_page(page.next_page_url) is not None
assert client.messages.list(to=BEN) == []
assert client.messages.list(date_sent_after=datetime.now(timezone.utc) + timedelta(days=2)) == []
yesterday = datetime.now(timezone.utc) - timedelta(days=1)
assert len(client.messages.list(date_sent_after=yesterday, to=ANA)) == len(listed)
assert [message.body for message in client.messages.list(from_=ANA)] == ["hi"]

# Outside of the session a message is taken, and fails later.
late = client.messages.create(from_=BOT, to=BEN, body="psst")
assert late.status == "queued"
late = late.fetch()
assert (late.status, late.error_code) == ("failed", 63016), (late.status, late.error_code)

# Redacted, then gone.
redacted = client.messages(first.sid).update(body="")
assert redacted.body == "" and client.messages(first.sid).fetch().body == ""
assert client.messages(first.sid).delete() is True
refused(20404, 404, client.messages(first.sid).fetch)
for message in client.messages.stream(to=ANA, page_size=4):
    assert message.delete()
assert client.messages.list(to=ANA) == []

# Content templates: made, listed over pages, sent, shown to WhatsApp, deleted.
template = client.content.v1.contents.create(
    ContentList.ContentCreateRequest({
        "friendly_name": "shipped",
        "language": "en",
        "variables": {"1": "A-17"},
        "types": {"twilio/text": {"body": "Order {{1}} has shipped."}},
    })
)
assert template.sid.startswith("HX") and template.friendly_name == "shipped", template
assert template.variables == {"1": "A-17"} and template.date_created.tzinfo, template
assert client.content.v1.contents(template.sid).fetch().sid == template.sid
names = [one.friendly_name for one in client.content.v1.contents.list(page_size=1)]
assert names[0] == "shipped" and len(names) == 4, names
by_template = client.messages.create(
    from_=BOT, to=ANA, content_sid=template.sid, content_variables='{"1": "B-2"}'
)
assert by_template.body == "Order B-2 has shipped.", by_template.body
asked = client.content.v1.contents(template.sid).approval_create.create(
    ApprovalCreateList.ContentApprovalRequest({"name": "shipped", "category": "UTILITY"})
)
assert (asked.status, asked.category) == ("received", "UTILITY"), asked.status
approval = client.content.v1.contents(template.sid).approval_fetch().fetch()
assert approval.whatsapp["status"] == "approved", approval.whatsapp
late = client.messages.create(from_=BOT, to=BEN, content_sid=template.sid).fetch()
assert (late.status, late.body) == ("delivered", "Order A-17 has shipped."), late.status
assert client.content.v1.contents(template.sid).delete() is True
refused(20404, 404, client.content.v1.contents(template.sid).fetch)

refused(21211, 400, lambda: client.messages.create(from_=BOT, to="whatsapp:ana", body="a"))
refused(63007, 400, lambda: client.messages.create(from_="whatsapp:+15550001111", to=ANA, body="a"))
refused(21617, 400, lambda: client.messages.create(from_=BOT, to=ANA, body="x" * 1601))
refused(21619, 400, lambda: client.messages.create(from_=BOT, to=ANA))
refused(20003, 401, lambda: client_of(account, "wrong").messages.create(from_=BOT, to=ANA, body="a"))
print("accepted")
