import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrate } from "../src/index.js";
import { TestDatabase } from "./databases.js";

/** What a server says last of a startup: it is ready for a query. */
const READY = Buffer.from("Z\0\0\0\x05I", "latin1");

describe.each(sharedPostgres())("a connection that is taken, on Postgres $version", (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await TestDatabase.on(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  it("may be ended by the server in the same breath as it is ready", async () => {
    await using front = await Front.before(new URL(database.url));
    const pool = new Pool({ connectionString: front.url });
    pool.on("error", () => {});
    // A migration is a transaction, on a connection that it has for itself.
    await expect(migrate(pool)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    await migrate(pool);
    await pool.end();
  });
});

/** Stands before a server, and ends the first of its connections together with the message that it is ready. */
class Front implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, url: URL) {
    this.#server = server;
    const through = new URL(url);
    through.port = String((server.address() as AddressInfo).port);
    this.url = through.href;
  }

  static async before(url: URL): Promise<Front> {
    let isFirst = true;
    const server = createServer((client) => {
      const isEnded = isFirst;
      isFirst = false;
      const target = connect(Number(url.port), url.hostname);
      for (const socket of [client, target]) socket.on("error", () => {});
      client.on("close", () => target.destroy());
      target.on("close", () => client.destroy());
      client.on("data", (piece: Buffer) => target.write(piece));
      target.on("data", (piece: Buffer) => {
        if (isEnded && piece.includes(READY)) client.end(Buffer.concat([piece, ending()]));
        else client.write(piece);
      });
      front.#sockets.add(client);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const front = new Front(server, url);
    return front;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((closed) => this.#server.close(closed));
  }
}

/** The message with which a server that goes down ends a session. */
function ending(): Buffer {
  const fields = ["SFATAL", "VFATAL", "C57P01", "Mterminating connection due to administrator command", ""];
  const body = Buffer.from(fields.map((field) => `${field}\0`).join(""), "latin1");
  const head = Buffer.alloc(5);
  head.write("E", "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
