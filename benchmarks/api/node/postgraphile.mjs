// PostGraphile over the same tables, held by the same row-level security: arguments are the database's address, the
// port to listen on and the organization that all requests act for. It asks nobody who they are.
import { createServer } from "node:http";
import { userInfo } from "node:os";
import pg from "pg";
import { postgraphile } from "postgraphile";

const [database, port, organization] = process.argv.slice(2);
// Who runs it, as libpq has it, where the address names nobody.
pg.defaults.user ??= userInfo().username;
const pool = new pg.Pool({ connectionString: database, max: 10 });
// Triggers tie claims to their payers, where it looks for a foreign key.
await pool.query(
  "COMMENT ON TABLE claims_claim IS '@foreignKey (organization_id, payer_id) references claims_payer (organization_id, id)'",
);
const handle = postgraphile(pool, "public", {
  disableDefaultMutations: true,
  disableQueryLog: true,
  graphiql: false,
  ignoreRBAC: true,
  legacyRelations: "omit",
  pgSettings: { role: "upstream_one_organization", "upstream.organization": organization },
});
createServer(handle).listen(Number(port), "127.0.0.1");
