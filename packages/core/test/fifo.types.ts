/** Compiled by `npm run check`, never run: the attribute that names a player's class is asked for at each join. */
import { Fifo, Matchmaker, sameAttribute, type FifoOptions } from "@evenmatch/core";

const priority = { attribute: "tier", order: ["vip", "member"] } as const;
const plain: FifoOptions = { teams: 2 };

const matchmaker = new Matchmaker({
  queues: {
    plain: new Fifo(),
    given: new Fifo(plain),
    classes: new Fifo({ priority: { attribute: "tier", order: ["vip", "member"] } }),
    settings: { strategy: new Fifo({ teamSize: 2, priority }), ticketTtlMs: 60_000 },
    limited: { strategy: new Fifo({ priority }), limits: [sameAttribute("language")] },
  },
});

const ann = { id: "ann", rating: 1 };
const vip = { ...ann, attributes: { tier: "vip" } };
void matchmaker.join("plain", { players: [ann] });
void matchmaker.join("plain", { players: [vip] });
void matchmaker.join("given", { players: [ann] });
void matchmaker.join("classes", { players: [vip] });
void matchmaker.join("classes", { players: [{ ...ann, attributes: { tier: "of no class", more: 1 } }] });
void matchmaker.join("settings", { players: [vip] });
void matchmaker.join("limited", { players: [{ ...ann, attributes: { tier: "vip", language: "en" } }] });

// @ts-expect-error a ticket without the attribute that names its class
void matchmaker.join("classes", { players: [ann] });
// @ts-expect-error an attribute of another name
void matchmaker.join("classes", { players: [{ ...ann, attributes: { role: "vip" } }] });
// @ts-expect-error an attribute of another type
void matchmaker.join("classes", { players: [{ ...ann, attributes: { tier: 1 } }] });
// @ts-expect-error one of a party without it
void matchmaker.join("settings", { players: [vip, ann] });
// @ts-expect-error what the limit reads is missing
void matchmaker.join("limited", { players: [vip] });
// @ts-expect-error what the strategy reads is missing
void matchmaker.join("limited", { players: [{ ...ann, attributes: { language: "en" } }] });

// @ts-expect-error classes without their attribute
new Fifo({ priority: { order: ["vip"] } });
// @ts-expect-error classes without an order
new Fifo({ priority: { attribute: "tier" } });
// @ts-expect-error an order of something else than names
new Fifo({ priority: { attribute: "tier", order: [1, 2] } });
