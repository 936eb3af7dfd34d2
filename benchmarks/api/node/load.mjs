// One run of the load generator: what to ask is read from standard input as JSON, what came of it is written as JSON.
// autocannon's own histogram counts whole milliseconds and knows no 95th percentile, so each answer's time is kept.
import { readFileSync } from "node:fs";
import autocannon from "autocannon";

const { url, headers, body, clients, seconds } = JSON.parse(readFileSync(0, "utf8"));
const times = [];
const run = autocannon({
  url,
  method: body ? "POST" : "GET",
  headers,
  ...(body ? { body } : {}),
  connections: clients,
  duration: seconds,
  verifyBody: (answer) => !answer.includes('"errors"'),
});
run.on("response", (_client, _status, _bytes, milliseconds) => times.push(milliseconds));
const result = await run;
times.sort((one, other) => one - other);
const percentile = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
console.log(
  JSON.stringify({
    requests: times.length,
    seconds: result.duration,
    p50: percentile(0.5),
    p95: percentile(0.95),
    p99: percentile(0.99),
    failed: result.non2xx + result.errors + result.timeouts + result.mismatches,
  }),
);
