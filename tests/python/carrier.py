"""Twilio's library as the carrier: signs webhook calls and sends them. Arguments: URL TOKEN."""
import sys
import urllib.error
import urllib.parse
import urllib.request

from twilio.request_validator import RequestValidator

url, token = sys.argv[1:]
validator = RequestValidator(token)
BODIES = [
    "hi", "", " a  b ", "a&b=c+d%20", "é ñ 你好 🐟 👩‍👩‍👧", "*bold* _it_ ~no~ `x`", "line\nbreak\r\n", "'\"<>", "\u200f\u202e",
    "x" * 1600,
]


def call(target, form, signature, method="POST"):
    data = urllib.parse.urlencode(form).encode() if method == "POST" else None
    request = urllib.request.Request(target, data, {"X-Twilio-Signature": signature}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


for number, body in enumerate(BODIES):
    form = {
        "MessageSid": f"SM{number:032x}", "SmsSid": f"SM{number:032x}", "SmsStatus": "received", "NumMedia": "0",
        "From": "whatsapp:+15005550006", "To": "whatsapp:+14155238886", "Body": body, "ProfileName": "Ana María",
        "ButtonText": "",
    }
    for target in (url, url + "?tenant=a%20b&x='"):
        signature = validator.compute_signature(target, form)
        assert call(target, form, signature) == 200, (target, body)
        assert call(target, form | {"Body": body + "!"}, signature) == 403, (target, body)
    query = f"{url}?{urllib.parse.urlencode(form)}"
    signature = validator.compute_signature(query, {})
    assert call(query, None, signature, "GET") == 200, body
    assert call(query + "&a=b", None, signature, "GET") == 403, body
print("accepted")
