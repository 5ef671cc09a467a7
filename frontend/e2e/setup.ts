import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "vite";

/** Builds the pages that the tests look at, and a host with the listener that only tests have. */
export default async function setup(): Promise<void> {
  await build({ logLevel: "warn" });
  const cwd = join(import.meta.dirname, "../..");
  const args = ["build", "-tags", "dev", "-o", "bin/gatehouse-dev", "./cmd/gatehouse"];
  await promisify(execFile)("go", args, { cwd, env: { ...process.env, CGO_ENABLED: "0" } });
}
