import re
import threading
import time
import httpx

class Problem(Exception):
    def __init__(self, response):
        try:
            response.read()
            body = response.json()
        except ValueError:
            body = None
        body = body if isinstance(body, dict) else {}  # A proxy's page, or no body after HEAD: the status decides.
        self.status, self.code = response.status_code, body.get("code")
        self.fields = {error["field"]: error["message"] for error in body.get("errors", [])}
        super().__init__(f"{self.status} {self.code}: {self.fields or body.get('detail') or body.get('message')}")

class Patient(httpx.HTTPTransport):
    wait = staticmethod(time.sleep)  # Tests replace it.

    def handle_request(self, request):
        is_safe = request.method != "POST" or re.search("/v1/auth/token(/refresh|/revoke)?$", request.url.path)
        for attempt in range(3):
            seconds, is_last = 1, attempt == 2
            try:
                response = super().handle_request(request)
            except httpx.TransportError:
                if is_last or not is_safe:
                    raise
            else:
                retry_after = response.headers.get("retry-after", "")
                if re.fullmatch("[1-9][0-9]{0,8}", retry_after):
                    seconds = int(retry_after)
                may_repeat = response.status_code == 429 or (response.status_code in (503, 504) and is_safe)
                if is_last or not may_repeat or seconds > 60:
                    return response
                response.close()
            self.wait(seconds)

class Session(httpx.Auth):
    ended = None

    # Tests replace the transport and the clock.
    def __init__(self, base_url, username, password, transport=None, clock=time.monotonic):
        self.http = httpx.Client(base_url=base_url, transport=transport or Patient(), timeout=30)
        self.clock, self.lock = clock, threading.Lock()
        self.fetch("/v1/auth/token", username=username, password=password)

    def fetch(self, path, **body):
        response = self.ended or self.http.post(path, json=body)
        if response.status_code == 401:
            self.ended = response  # The refresh token is not sent again: sign in again.
        if response.status_code != 200:
            raise Problem(response)
        self.tokens = response.json()
        life = self.tokens["expires_in"]
        self.expires_at = self.clock() + life
        self.refresh_at = self.expires_at - min(60, life / 2)

    def token(self, refused=None):
        with self.lock:  # One refresh at a time. The others wait for its tokens.
            if self.tokens["access_token"] == refused:
                self.expires_at = self.refresh_at = self.clock()
            if self.clock() >= self.refresh_at:
                try:
                    self.fetch("/v1/auth/token/refresh", refresh_token=self.tokens["refresh_token"])
                except (Problem, httpx.TransportError):
                    if self.ended or self.clock() >= self.expires_at:
                        raise
                    self.refresh_at = self.expires_at  # The access token still lives.
            return self.tokens["access_token"]

    def sync_auth_flow(self, request):
        if request.url.join("/") != self.http.base_url.join("/"):
            raise ValueError(f"{request.url} has another origin than the API, so it gets no token")
        token = self.token()
        request.headers["authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401 and Problem(response).code == "token_expired":
            request.headers["authorization"] = f"Bearer {self.token(refused=token)}"
            yield request

def pages(http, url):
    while url:  # A page can be short, even empty. Only a page without a link is the last.
        response = http.get(url)
        if not response.is_success:
            raise Problem(response)
        yield from response.json()
        link = response.links.get("next")
        url = link and response.url.join(link["url"])
