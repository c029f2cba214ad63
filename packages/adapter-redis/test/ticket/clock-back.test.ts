import { expect, it } from "vitest";
import { NOW, play, ticket, type Play } from "./worker.js";

const BACK = 5 * 60_000;

/** Leaves the queue as a server did whose clock was five minutes ahead of the one that goes on with it. */
async function leftByClockAhead({ command, tag }: Play): Promise<void> {
  const keys = (await command("keys", `${tag}*`)) as string[];
  for (const key of keys) {
    const [, what, span] = /(ended:|closed:)(\d+)$/.exec(key) ?? [];
    // Half of the minute for which these stores remember.
    if (what !== undefined) await command("rename", key, `${tag}${what}${Number(span) + BACK / 30_000}`);
  }
  const [last, shift] = String(await command("get", `${tag}clock`))
    .split(" ")
    .map(Number);
  await command("set", `${tag}clock`, `${last! + BACK} ${shift!}`);
}

it("what has ended is remembered when a server goes on whose clock is minutes behind", () =>
  play({ retainMs: 60_000 }, async (stage) => {
    const { store, join } = stage;
    await join("ann", "bob");
    await store.submit([{ type: "leave", ticketId: ticket("ann").id }], { now: NOW });
    await leftByClockAhead(stage);
    const [again, left] = await store.submit(
      [
        { type: "join", ticket: ticket("ann") },
        { type: "leave", ticketId: ticket("ann").id },
      ],
      { now: NOW },
    );
    expect([again?.type, left?.type]).toEqual(["same", "left"]);
    const read = async () =>
      (await store.read([{ type: "ticket", ticketId: ticket("ann").id }], {}))[0]?.state;
    expect(await read()).toBe("left");
    // Time goes on from there: the next who ends is found, too.
    await store.submit([{ type: "leave", ticketId: ticket("bob").id }], { now: NOW });
    const [bob] = await store.submit([{ type: "join", ticket: ticket("bob") }], { now: NOW });
    expect(bob?.type).toBe("same");
    expect(await read()).toBe("left");
  }));

it("time goes on where a clock is set back again and again, each time from where it was", () =>
  play({ retainMs: 60_000 }, async (stage) => {
    const { store, join, command, tag } = stage;
    const leaves = (name: string) =>
      store.submit([{ type: "leave", ticketId: ticket(name).id }], { now: NOW });
    const shift = async () => Number(String(await command("get", `${tag}clock`)).split(" ")[1]);
    await join("ann", "bob", "cid");
    expect(await shift()).toBe(0);
    await leaves("ann");
    await leftByClockAhead(stage);
    await leaves("bob");
    const once = await shift();
    expect(once).toBeGreaterThan(BACK - 30_000);
    await leftByClockAhead(stage);
    await leaves("cid");
    expect(await shift()).toBeGreaterThan(once + BACK - 30_000);
    const outcomes = await store.submit(
      ["ann", "bob", "cid"].map((name) => ({ type: "join", ticket: ticket(name) }) as const),
      { now: NOW },
    );
    // Ann's end was moved ahead twice, so it is as far in the past as it was; all three are known.
    expect(outcomes.map(({ type }) => type)).toEqual(["same", "same", "same"]);
  }));
