import { sharedRedis } from "@evenmatch/services/vitest";
import { playConflicts, playMixedBatches } from "@evenmatch/services/vitest/adapter";
import { expect, it } from "vitest";
import { hashOf } from "./dump.js";
import { placeOn, ticketStoreSubject, type Subject } from "./subject.js";

async function onSubject(run: (subject: Subject) => Promise<void>): Promise<void> {
  const subject = ticketStoreSubject(placeOn(sharedRedis()));
  try {
    await run(subject);
  } finally {
    await subject.close();
  }
}

it("answers batches in which everything builds on everything as if sent one by one", () =>
  onSubject((subject) =>
    playMixedBatches(subject.store(), async (life, region) => {
      const tag = `{${subject.prefix}:duel}:`;
      const idsIn = (...states: string[]): string[] =>
        [...life.tickets.values()]
          .filter(({ state, ticket }) => states.includes(state) && ticket.region === region)
          .map(({ ticket }) => ticket.id)
          .sort();
      const kept = async (what: string): Promise<string[]> =>
        [...(await hashOf(subject.admin, `${tag}${what}:${region}`)).keys()].sort();
      expect(await kept("waiting")).toEqual(idsIn("waiting"));
      expect(await kept("claimed")).toEqual(idsIn("claimed"));
      const players = await hashOf(subject.admin, `${tag}players`);
      const live = [...players].filter(([name]) => name.startsWith(`"${region} `));
      expect([...new Set(live.map(([, id]) => id))].filter((id) => !id.endsWith("opening")).sort()).toEqual(
        idsIn("waiting", "claimed").filter((id) => !id.endsWith("opening")),
      );
    }),
  ));

it("names the ticket of the first player who is in the way, also one that leaves later in the same batch", () =>
  onSubject((subject) => playConflicts(subject.store())));
