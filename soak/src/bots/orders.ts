import type { End } from "./bot.js";
import type { Crowd } from "./population.js";

/** What the process of the callers is told. */
export type BotsOrder =
  | { readonly type: "play"; readonly seed: number; readonly crowd: Crowd }
  /** A server process takes connections. */
  | { readonly type: "server"; readonly port: number }
  /** Nothing more fails: the last come. */
  | { readonly type: "calm" };

/** What it says. */
export type BotsNotice =
  /** Everybody's ticket has ended, as far as they know. */
  | {
      readonly type: "content";
      readonly absent: readonly string[];
      /** How many had to ask for the end of their ticket, because nobody told them, by what it was. */
      readonly asked: Readonly<Partial<Record<End, number>>>;
    }
  /** Said at once and then every second. */
  | {
      readonly type: "standing";
      /** How many have come and are not content yet; unknown until they are told to play. */
      readonly open?: number | undefined;
      /** To how many server processes they have a connection. */
      readonly connections: number;
    };
