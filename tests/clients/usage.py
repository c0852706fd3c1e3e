import sys
import httpx
from client import Patient, Session, pages

url, username, password = sys.argv[1:]
http = httpx.Client(base_url=url, auth=Session(url, username, password), transport=Patient(), timeout=30)
for account in pages(http, "/v1/users?limit=100"):
    print(account["username"])
