import type { Millis } from "../clock.js";
import { invalid, objectOf, optionalMillis } from "../options.js";
import type { Player } from "../ticket/player.js";
import { byAge, type Ticket } from "../ticket/ticket.js";

/** Classes of players, the first of whom go first. */
export interface FifoPriority<Attribute extends string = string> {
  /** The attribute that names a player's class. Every player of the queue must carry it, as a string. */
  readonly attribute: Attribute;
  /** Its values, first class first. Whoever has another value comes after all of these. */
  readonly order: readonly string[];
  /** A ticket that has waited so many milliseconds counts as of the first class; never when left out. */
  readonly boostAfterMs?: Millis;
}

/** The classes of a queue: who goes before whom. */
export class Classes {
  readonly attribute: string;
  readonly boostAfterMs: Millis;
  readonly #rank: ReadonlyMap<unknown, number>;

  /** Throws `INVALID_OPTIONS` for options that name no attribute, no classes, or one class twice. */
  constructor(options: unknown) {
    const checked = objectOf("priority", options, ["attribute", "order", "boostAfterMs"]);
    const { attribute } = checked;
    const order: readonly unknown[] = Array.isArray(checked["order"]) ? checked["order"] : [];
    if (typeof attribute !== "string" || attribute === "") {
      const remedy = "Set priority.attribute to the name of an attribute that players bring.";
      throw invalid("INVALID_OPTIONS", "priority.attribute is a name", attribute, remedy);
    }
    if (order.length === 0 || !order.every((name) => typeof name === "string")) {
      const remedy =
        'Set priority.order to the values of the attribute, first class first: ["vip", "member"].';
      throw invalid("INVALID_OPTIONS", "priority.order names at least one class", checked["order"], remedy);
    }
    this.#rank = new Map(order.map((name, rank) => [name, rank]));
    if (this.#rank.size < order.length) {
      const twice = order.find((name, place) => order.indexOf(name) < place);
      throw invalid(
        "INVALID_OPTIONS",
        "priority.order names a class once",
        twice,
        "Leave it out the second time.",
      );
    }
    this.attribute = attribute;
    this.boostAfterMs = optionalMillis("priority.boostAfterMs", checked["boostAfterMs"]);
  }

  /** Tickets by class, and within a class by age. */
  sorted<P extends Player>(tickets: Iterable<Ticket<P>>, now: Millis): Ticket<P>[] {
    const ranked = Array.from(tickets, (ticket) => ({ ticket, rank: this.#rankOf(ticket, now) }));
    ranked.sort((one, other) => one.rank - other.rank || byAge(one.ticket, other.ticket));
    return ranked.map(({ ticket }) => ticket);
  }

  /** The next instant at which the order changes. */
  nextChange(tickets: Iterable<Ticket>, now: Millis): Millis {
    let next = Infinity;
    for (const { joinedAt } of tickets) {
      const boostedAt = joinedAt + this.boostAfterMs;
      if (boostedAt > now) next = Math.min(next, boostedAt);
    }
    return next;
  }

  /** That of its last player: a place in the line cannot be lent to a whole party. */
  #rankOf({ joinedAt, players }: Ticket, now: Millis): number {
    if (now - joinedAt >= this.boostAfterMs) return 0;
    let last = 0;
    for (const { attributes } of players) {
      last = Math.max(last, this.#rank.get(attributes?.[this.attribute]) ?? this.#rank.size);
    }
    return last;
  }
}
