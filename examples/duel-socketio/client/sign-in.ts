import type { Reply, SignedIn } from "../src/protocol.js";

/** Signs in as a new player; rejects with what the server says against it. */
export async function signInAt(url: string, name: string, rating?: number): Promise<SignedIn> {
  const response = await fetch(`${url}/api/sign-in`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name, rating }),
  });
  const reply = (await response.json()) as Reply<SignedIn>;
  if (!reply.ok) throw new Error(reply.error.message);
  return reply;
}
