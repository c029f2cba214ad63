import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freshDatabase, postgresRequest, startProxy, type TcpProxy } from "@evenmatch/services";
import { sharedPostgres } from "@evenmatch/services/vitest";

/** A client that remembers what it heard and how its connection ended. */
class Caller {
  heard = "";
  ended: string | undefined;
  socket: Socket;
  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1" });
    this.socket.on("data", (piece: Buffer) => (this.heard += piece.toString()));
    this.socket.on("end", () => (this.ended ??= "end"));
    this.socket.on("error", (error: NodeJS.ErrnoException) => (this.ended ??= error.code));
  }
  async says(text: string): Promise<void> {
    await new Promise<void>((sent) => this.socket.write(text, () => sent()));
  }
}

describe("the proxy before a server that answers everything with the same", () => {
  let got = "";
  const served: Socket[] = [];
  let echo: ReturnType<typeof createServer>;
  let proxy: TcpProxy;
  const callers: Caller[] = [];
  const call = () => {
    const caller = new Caller(proxy.port);
    callers.push(caller);
    return caller;
  };
  /** A caller whom the echo has answered once. */
  const connected = async () => {
    const caller = call();
    await caller.says("hello ");
    await expect.poll(() => caller.heard).toBe("hello ");
    return caller;
  };

  /** Long enough for what passes the proxy to have reached the server: a round trip past it. */
  const meanwhile = async () => {
    const direct = new Caller((echo.address() as AddressInfo).port);
    callers.push(direct);
    for (const text of ["1", "12", "123"]) {
      await direct.says(text.at(-1)!);
      await expect.poll(() => direct.heard).toBe(text);
    }
  };

  beforeEach(async () => {
    got = "";
    served.length = 0;
    echo = createServer((socket) => {
      served.push(socket);
      socket.on("error", () => {});
      socket.on("data", (piece: Buffer) => {
        got += piece.toString();
        socket.write(piece);
      });
    });
    echo.listen(0, "127.0.0.1");
    await once(echo, "listening");
    proxy = await startProxy({ host: "127.0.0.1", port: (echo.address() as AddressInfo).port });
  });
  afterEach(async () => {
    for (const { socket } of callers.splice(0)) socket.destroy();
    await proxy.close();
    await new Promise((closed) => echo.close(closed));
  });

  test("passes what is said, and an end too", async () => {
    const caller = await connected();
    caller.socket.end("bye");
    await expect.poll(() => caller.ended).toBe("end");
    expect(caller.heard).toBe("hello bye");
    await expect.poll(() => proxy.open).toBe(0);
    expect(proxy.accepted).toBe(1);
  });

  test("cuts with a reset", async () => {
    const [one, two] = [await connected(), await connected()];
    expect(proxy.open).toBe(2);
    expect(proxy.cut()).toBe(2);
    await expect.poll(() => [one.ended, two.ended]).toEqual(["ECONNRESET", "ECONNRESET"]);
    expect(proxy.open).toBe(0);
    await connected();
  });

  test("refuses new connections and keeps the old, until it takes them again", async () => {
    const old = await connected();
    await proxy.refuse();
    const refused = call();
    await expect.poll(() => refused.ended).toBe("ECONNREFUSED");
    await old.says("still here");
    await expect.poll(() => old.heard).toBe("hello still here");
    await proxy.accept();
    await connected();
  });

  test("delays both ways, in order", async () => {
    const caller = await connected();
    proxy.delay(60);
    const start = process.hrtime.bigint();
    await caller.says("a");
    await caller.says("b");
    await expect.poll(() => caller.heard).toBe("hello ab");
    expect(Number(process.hrtime.bigint() - start) / 1e6).toBeGreaterThan(115);
  });

  test("passes much at once to who cannot take it yet, and waits for that once", async () => {
    const caller = await connected();
    const warnings: string[] = [];
    const warned = ({ message }: Error): void => void warnings.push(message);
    process.on("warning", warned);
    for (const socket of served) socket.pause();
    proxy.stall();
    const much = "0123456789abcdef".repeat(1_000_000);
    await caller.says(much);
    await proxy.restore();
    await connected();
    for (const socket of served) socket.resume();
    await expect.poll(() => caller.heard.length, { timeout: 20_000 }).toBe("hello ".length + much.length);
    process.off("warning", warned);
    expect(caller.heard === `hello ${much}`).toBe(true);
    expect(warnings).toEqual([]);
  });

  test("stalls, and delivers everything later", async () => {
    const caller = await connected();
    proxy.stall();
    await caller.says("late");
    const silent = call();
    await silent.says("too");
    await expect.poll(() => proxy.open).toBe(2);
    await meanwhile();
    expect([caller.heard, silent.heard, got]).toEqual(["hello ", "", "hello 123"]);
    await proxy.restore();
    await expect.poll(() => [caller.heard, silent.heard]).toEqual(["hello late", "too"]);
  });

  test("leaves connections half open, where nobody hears of anything until they are reset", async () => {
    const caller = await connected();
    const leaver = await connected();
    proxy.halfOpen();
    await caller.says("lost");
    leaver.socket.resetAndDestroy();
    const silent = call();
    await silent.says("lost too");
    await expect.poll(() => proxy.accepted).toBe(3);
    await meanwhile();
    expect(proxy.open).toBe(3);
    expect([caller.ended, silent.ended, got]).toEqual([undefined, undefined, "hello hello 123"]);
    await proxy.restore();
    await expect.poll(() => [caller.ended, silent.ended]).toEqual(["ECONNRESET", "ECONNRESET"]);
    expect(got).toBe("hello hello 123");
    await connected();
  });

  test("goes on losing when it is stalled as well: what was lost is no reason to go on as if nothing were missing", async () => {
    const caller = await connected();
    proxy.halfOpen();
    await caller.says("lost");
    await meanwhile();
    proxy.stall();
    await caller.says("late");
    await proxy.restore();
    await expect.poll(() => caller.ended).toBe("ECONNRESET");
    expect(got).toBe("hello 123");
  });

  test("listens no more once it is closed, also when somebody restores it later", async () => {
    await proxy.close();
    await proxy.restore();
    const late = call();
    await expect.poll(() => late.ended).toBe("ECONNREFUSED");
  });

  test("forgets the connections that there are, and passes new ones", async () => {
    const caller = await connected();
    proxy.forget();
    await caller.says("lost");
    const later = await connected();
    await meanwhile();
    expect([caller.heard, got]).toEqual(["hello ", "hello hello 123"]);
    await proxy.restore();
    await expect.poll(() => caller.ended).toBe("ECONNRESET");
    await later.says("again");
    await expect.poll(() => later.heard).toBe("hello again");
  });

  test("loses one answer of the request that is meant", async () => {
    const [other, caller] = [await connected(), await connected()];
    const lost = proxy.loseAnswer({ of: (request) => request.includes("do it") });
    await other.says("no matter");
    await caller.says("do it");
    await lost;
    await expect.poll(() => caller.ended).toBe("ECONNRESET");
    await expect.poll(() => other.heard).toBe("hello no matter");
    expect(caller.heard).toBe("hello ");
    expect(got).toContain("do it");
  });

  test("loses one request", async () => {
    const caller = await connected();
    const lost = proxy.loseRequest();
    await caller.says("do it");
    await lost;
    await expect.poll(() => caller.ended).toBe("ECONNRESET");
    expect(got).toBe("hello ");
    await connected();
  });

  test("leads new connections to another server, and leaves the old where they are", async () => {
    const old = await connected();
    const other = createServer((socket) => void socket.end("other"));
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    proxy.target(`tcp://127.0.0.1:${(other.address() as AddressInfo).port}`);
    const caller = call();
    await expect.poll(() => caller.heard).toBe("other");
    await old.says("still here");
    await expect.poll(() => old.heard).toBe("hello still here");
    caller.socket.destroy();
    await new Promise((closed) => other.close(closed));
  });

  test("resets who calls a server that is not there", async () => {
    await using nowhere = await startProxy("postgres://127.0.0.1:1/postgres");
    const caller = new Caller(nowhere.port);
    await expect.poll(() => caller.ended).toBe("ECONNRESET");
    await expect.poll(() => nowhere.open).toBe(0);
  });
});

describe("the proxy before Postgres", () => {
  const insert = async (url: string, value: string) => {
    const client = new Client(url);
    client.on("error", () => {});
    await client.connect();
    try {
      await client.query("insert into seen values ($1)", [value]);
    } finally {
      await client.end().catch(() => {});
    }
  };

  test("a lost answer leaves what was asked for done, a lost request does not", async () => {
    await using database = await freshDatabase(sharedPostgres()[0]!);
    await using proxy = await startProxy(database.url);
    const direct = new Client(database.url);
    await direct.connect();
    await direct.query("create table seen (value text)");

    const url = proxy.urlOf(database.url);
    const answer = proxy.loseAnswer(postgresRequest("insert into seen"));
    await expect(insert(url, "done")).rejects.toMatchObject({ code: "ECONNRESET" });
    await answer;
    const request = proxy.loseRequest(postgresRequest("insert into seen"));
    await expect(insert(url, "not done")).rejects.toMatchObject({ code: "ECONNRESET" });
    await request;
    await insert(url, "afterwards");

    const { rows } = await direct.query<{ value: string }>("select value from seen");
    await direct.end();
    expect(rows.map(({ value }) => value)).toEqual(["done", "afterwards"]);
  });
});
