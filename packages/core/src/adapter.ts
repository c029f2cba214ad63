/**
 * What adapters are written with, beside the ports: the life of a ticket to fold a log or to check a script
 * against, the spreading of pools over owners, the text of ids and events, and what
 * a bus needs to deliver at least once.
 *
 * @packageDocumentation
 */
export { endsAt, evolve, step, type Input, type Step } from "./life.js";
export { LifeState, type Retention, type TicketRecord } from "./life-state.js";
export { spread } from "./adapter/spread.js";
export { Channel } from "./cluster/channel.js";
export { Driver, type DrivenPass, type DriverOptions } from "./cluster/driver.js";
export { idOf, nameOf, poolOf } from "./ticket/id.js";
export { leaseLost, noOwner, routeOf } from "./ticket/memory-store.js";
export { checkedLimit, decodeKey, encodeKey } from "./match/memory-store.js";
export { uuidMaker } from "./random.js";
export { onAbort, unlessAborted } from "./abort.js";
export { pause } from "./clock.js";
export { asEvenmatchError } from "./errors.js";
export { decodeEvent, encodeEvent } from "./event/codec.js";
export { Alarm } from "./adapter/alarm.js";
export { batchAfter, HANDLER_BATCH, HANDLER_TRIES, waitAfter, waitAfterFailure } from "./adapter/attempts.js";
export {
  missedEvents,
  refusedEvent,
  Reports,
  unknownEvent,
  type Refusal,
  type ReportsOptions,
} from "./adapter/reports.js";
export { Publisher, type PublisherOptions } from "./adapter/publisher.js";
