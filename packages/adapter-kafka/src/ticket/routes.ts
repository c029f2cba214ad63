import type { PoolKey } from "@evenmatch/core";
import { poolOf, routeOf } from "@evenmatch/core/adapter";
import { isHome } from "./partition-state.js";
import type { Asked } from "./requests.js";

/**
 * The pool that something is asked about; `undefined` for a text that the library never made as an id, and for a ticket
 * whose id names another pool.
 */
export function poolOfAsked(asked: Asked): PoolKey | undefined {
  switch (asked.type) {
    case "ask":
      return asked.pool;
    case "read": {
      const { query } = asked;
      return query.type === "player"
        ? undefined
        : poolOf(query.type === "match" ? query.matchId : query.ticketId);
    }
    case "request": {
      const { request } = asked;
      if (request.type === "join" && !isHome(request.ticket)) return undefined;
      return routeOf(request);
    }
  }
}
