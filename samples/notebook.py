"""A notebook as a plain script: from an SQLite file to SQL, GraphQL, a function, and a chart.

    URL=http://127.0.0.1:8000 TOKEN=… .venv/bin/python samples/notebook.py chart.svg

TOKEN is an access token: the member `access` of the answer to POST /core/login. The file of the chart is written in
the end. Each `# %%` begins a cell for editors that know them. Needs httpx.
"""

# %% Imports, and the service
import json
import os
import secrets
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import httpx

STATIONS = Path(__file__).with_name("stations.json")
CHART_FILE = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("chart.svg")
FROST = -5
# What a trigger starts has seconds until it is there.
WAIT_SECONDS = 60

service = httpx.Client(
    base_url=os.environ.get("URL", "http://127.0.0.1:8000"),
    headers={"Authorization": f"Bearer {os.environ['TOKEN']}"},
    timeout=60,
    trust_env=False,
)


def ask(method: str, path: str, **request: object) -> object:
    """Send a request and return the JSON of its answer. Ends the script with what the service says is wrong."""
    answer = service.request(method, path, **request)
    if answer.is_error:
        sys.exit(f"{method} {path}: {answer.status_code} {answer.text}")
    return answer.json()


# %% 1. Make an SQLite file of the weather stations
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "weather.sqlite"
    connection = sqlite3.connect(file)
    connection.executescript(
        """
        CREATE TABLE stations (id INTEGER PRIMARY KEY, code TEXT UNIQUE NOT NULL, region TEXT, elevation REAL);
        CREATE TABLE readings (id INTEGER PRIMARY KEY, station TEXT REFERENCES stations(code), celsius REAL);
        CREATE TABLE alerts (id INTEGER PRIMARY KEY, station TEXT, text TEXT);
        """
    )
    for station in json.loads(STATIONS.read_text()):
        place, report = station["location"], station["last report"]
        connection.execute(
            "INSERT INTO stations (code, region, elevation) VALUES (?, ?, ?)",
            (station["code"], place["region"], place["elevation_m"]),
        )
        if report:
            connection.execute(
                "INSERT INTO readings (station, celsius) VALUES (?, ?)", (station["code"], report["temperature_c"])
            )
    connection.commit()
    connection.close()
    content = file.read_bytes()
print(f"1. made an SQLite file of {len(content)} bytes")

# %% 2. Upload it: a database with three tables
# The database is named after the file, and the first part of its id after the name.
name = f"weather{secrets.token_hex(4)}"
db = ask("POST", "/dbs", files={"file": (f"{name}.sqlite", content)})["id"]
tables = [table["name"] for table in ask("POST", f"/dbs/{db}/sql", json={
    "query": "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
})["rows"]]  # fmt: skip
print(f"2. uploaded it as the database {db}, with the tables {', '.join(tables)}")

# %% 3. Query it by SQL
QUERY = """
    SELECT region, count(*) AS stations, round(avg(celsius), 1) AS celsius
    FROM stations JOIN readings ON station = code GROUP BY region ORDER BY region
"""
answer = ask("POST", f"/dbs/{db}/sql", json={"query": QUERY})
if answer["errors"]:
    sys.exit(f"SQL: {answer['errors']}")
print("3. by SQL, the mean temperature of each region:")
for row in answer["rows"]:
    print(f"   {row['region']}: {row['celsius']} °C of {row['stations']} stations")

# %% 4. Query it by GraphQL
GRAPHQL = (
    "query High($metres: Float) { stations(where: {elevation: {_gt: $metres}}, order_by: {code: ASC}) { code } }"
)
answer = ask("POST", f"/dbs/{db}/graphql", json={"query": GRAPHQL, "variables": {"metres": 1000}})
if "errors" in answer:
    sys.exit(f"GraphQL: {answer['errors']}")
print(f"4. by GraphQL, {len(answer['data']['stations'])} stations lie above 1000 m")

# %% 5. Publish a function, which each new reading starts
SOURCE = f"""
export default async ({{ data, db }}: any) => {{
  const reading = data.document;
  if (reading === null || reading.celsius >= {FROST}) return "no alert";
  await db.insert("alerts", {{ station: reading.station, text: `${{reading.celsius}} °C` }});
  return "alert";
}};
"""
function = ask("POST", f"/api/dbs/{db}/functions", json={"name": "Frost alert", "content": SOURCE})
starts = {"triggers": [{"collection": "readings", "events": ["insert"]}], "schedule": None}
ask("PUT", f"/api/dbs/{db}/functions/{function['id']}/starts", json=starts)
print(f"5. published a function with {len(function['diagnostics'] or [])} problems; it runs for each new reading")

# %% 6. Insert two readings by DataCube's own API, and wait for the effect of the function
listed = ask("GET", "/api/list_databases", params={"search": name})
database = listed["data"][0]["id"]
readings = [{"station": "WS-001", "celsius": -12.5}, {"station": "WS-002", "celsius": 20.0}]
ask("POST", "/api/crud", json={"database_id": database, "collection_name": "readings", "data": readings})
ends_at, alerts = time.monotonic() + WAIT_SECONDS, []
while not alerts and time.monotonic() < ends_at:
    time.sleep(0.5)
    alerts = ask("GET", "/api/crud", params={"database_id": database, "collection_name": "alerts"})["data"]
if not alerts:
    sys.exit(f"There is no alert after {WAIT_SECONDS} s.")
alert = f"{alerts[0]['station']}: {alerts[0]['text']}"
print(f"6. inserted {len(readings)} readings; the function wrote the alert {alert}")

# %% 7. Draw a chart
chart = ask("POST", f"/api/dbs/{db}/charts", json={
    "chartType": "BarChart", "title": "Mean temperature of each region",
    "sql": "SELECT region, avg(celsius) AS celsius FROM stations JOIN readings ON station = code GROUP BY region",
})  # fmt: skip
drawing = service.get(f"/api/dbs/{db}/charts/{chart['ulid']}.svg").raise_for_status().content
CHART_FILE.write_bytes(drawing)
print(f"7. drew a chart of {len(drawing)} bytes into {CHART_FILE}")
