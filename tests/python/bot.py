"""A bot on Twilio's library: lets in what it finds signed, and answers with its TwiML. Argument: TOKEN."""
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

validator = RequestValidator(sys.argv[1])


class Bot(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.answer(dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True)))

    def do_GET(self):
        self.answer({})

    def answer(self, form):
        url = f"http://{self.headers['Host']}{self.path}"
        signature = self.headers.get("X-Twilio-Signature", "")
        if not validator.validate(url, form, signature):
            self.send_error(403)
            return
        said = form or dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        response = MessagingResponse()
        response.message(f"accepted: {said['Body']}")
        body = str(response).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Bot)
print(server.server_address[1], flush=True)
server.serve_forever()
