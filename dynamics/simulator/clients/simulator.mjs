// Starts a simulator on a free loopback port and signs a client in.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const tenant = "11111111-1111-1111-1111-111111111111";
const here = dirname(fileURLToPath(import.meta.url));

export async function startSimulator(...flags) {
	const folder = mkdtempSync(join(tmpdir(), "simulator-"));
	const binary = join(folder, "simulator");
	execFileSync("go", ["build", "-o", binary, "../cmd"], { cwd: here, stdio: "inherit" });
	const child = spawn(binary, ["-listen", "127.0.0.1:0", ...flags], { stdio: ["ignore", "pipe", "inherit"] });
	const url = await firstLine(child);
	return {
		url,
		token: (scope = `${url}/.default`) => signIn(url, scope),
		control: async (path, init) => (await fetch(`${url}/_simulator/${path}`, init)).text(),
		stop: () =>
			new Promise((resolve) => {
				child.on("exit", (code) => {
					rmSync(folder, { recursive: true });
					resolve(code);
				});
				child.kill("SIGINT");
			}),
	};
}

// firstLine resolves to the address in "Dataverse simulator: http://127.0.0.1:PORT, N contacts".
function firstLine(child) {
	return new Promise((resolve, reject) => {
		child.on("exit", (code) => reject(new Error(`the simulator ended with ${code}`)));
		createInterface({ input: child.stdout }).once("line", (line) => resolve(line.match(/http:[^,]+/)[0]));
	});
}

export async function signIn(url, scope, secret = "secret") {
	const body = new URLSearchParams({ client_id: "client", client_secret: secret, grant_type: "client_credentials", scope });
	const response = await fetch(`${url}/${tenant}/oauth2/v2.0/token`, { method: "POST", body });
	const answer = await response.json();
	if (!response.ok) throw Object.assign(new Error(answer.error_description), { status: response.status, error: answer.error });
	return answer.access_token;
}
