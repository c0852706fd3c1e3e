import threading
import time
import httpx

class Problem(Exception):
    def __init__(self, response):
        is_json = response.headers.get("content-type", "").split(";")[0].endswith("json")
        body = response.json() if is_json else {}
        self.status, self.code = response.status_code, body.get("code")  # None: an error of the gateway itself
        self.fields = {error["field"]: error["message"] for error in body.get("errors", [])}
        super().__init__(f"{self.status} {self.code}: {self.fields or body.get('detail') or body.get('message')}")

class Patient(httpx.HTTPTransport):
    wait = staticmethod(time.sleep)

    def handle_request(self, request):
        for attempt in range(3):
            response = super().handle_request(request)
            seconds = int(response.headers.get("retry-after", 1))
            is_safe = request.method != "POST" or request.url.path.startswith("/v1/auth/token")
            may_repeat = response.status_code == 429 or (response.status_code == 503 and is_safe)
            if not may_repeat or seconds > 60 or attempt == 2:
                return response
            response.close()
            self.wait(seconds)

class Session(httpx.Auth):
    requires_response_body = True

    def __init__(self, base_url, username, password, transport=None, clock=time.monotonic):
        self.http = httpx.Client(base_url=base_url, transport=transport or Patient())
        self.clock, self.lock = clock, threading.Lock()
        self.fetch("/v1/auth/token", username=username, password=password)

    def fetch(self, path, **body):
        response = self.http.post(path, json=body)
        if response.status_code != 200:
            raise Problem(response)  # A 401 of a refresh: the session has ended, so sign in again.
        self.tokens = response.json()
        life = self.tokens["expires_in"]
        self.refresh_at = self.clock() + life - min(60, life / 2)

    def token(self, refused=None):
        with self.lock:  # One refresh at a time. The others wait for its tokens.
            if self.clock() >= self.refresh_at or self.tokens["access_token"] == refused:
                self.fetch("/v1/auth/token/refresh", refresh_token=self.tokens["refresh_token"])
            return self.tokens["access_token"]

    def auth_flow(self, request):
        token = self.token()
        request.headers["authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401 and Problem(response).code == "token_expired":
            request.headers["authorization"] = f"Bearer {self.token(refused=token)}"
            yield request

def pages(http, url):
    while url:  # A page can be short, even empty. Only a page without a link is the last.
        response = http.get(url)
        if response.is_error:
            raise Problem(response)
        yield from response.json()
        link = response.links.get("next")
        url = link and response.url.join(link["url"])
