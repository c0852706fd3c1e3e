import sys
from getpass import getpass
import httpx
from client import Patient, Session, pages

url, username, password = sys.argv[1:]
session = Session(url, username, password, ask=getpass)  # Asks where a call needs a recent sign-in.
http = httpx.Client(base_url=url, auth=session, transport=Patient(), timeout=30)
for account in pages(http, "/v1/users?limit=100"):
    print(account["username"])
