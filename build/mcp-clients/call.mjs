// Calls one tool of a server on standard input and output with the TypeScript SDK as it comes, and prints the result:
//
//   node call.mjs TOOL ARGUMENTS COMMAND [ARGUMENT...]
//
// A result that says that the call waits is collected with its ticket, as a model would. Each request has the SDK's sixty
// seconds. Every step is a line of JSON.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const [tool, input, command, ...args] = process.argv.slice(2);
const say = (step) => console.log(JSON.stringify(step));

const client = new Client({ name: "call.mjs", version: "1.0.0" });
await client.connect(new StdioClientTransport({ command, args, stderr: "inherit" }));
say({ step: "tools", names: (await client.listTools()).tools.map((t) => t.name) });

let request = { name: tool, arguments: JSON.parse(input) };
for (;;) {
  let result;
  try {
    result = await client.callTool(request);
  } catch (error) {
    say({ step: "error", message: String(error), code: error.code });
    if (error.code !== -32001 || request.name !== "gatehouse_resume") process.exit(1);
    continue; // a request that only collects may be made again
  }
  if (result._meta?.["gatehouse/code"] !== "approval_pending") {
    say({ step: "result", result });
    break;
  }
  say({ step: "waits", text: result.content[0].text });
  request = { name: "gatehouse_resume", arguments: { ticket: result._meta["gatehouse/ticket"] } };
}
await client.close();
