import type {
  Answer,
  MatchStatus,
  Millis,
  PoolKey,
  Query,
  Question,
  Request,
  RequestOutcome,
  TicketStatus,
} from "@evenmatch/core";
import { isTicket } from "./log-record.js";

/** What anyone asks of the owner of a partition. */
export type Asked =
  | { readonly type: "request"; readonly request: Request; readonly at: Millis }
  | { readonly type: "read"; readonly query: Query }
  | { readonly type: "ask"; readonly pool: PoolKey; readonly question: Question };

/** Who asks: a process, and the partition of the answers that it reads. */
export interface Asker {
  readonly id: string;
  readonly partition: number;
}

/** What an owner replies. */
export type Reply =
  /** A ticket that was added is not said again: who asks has sent it. */
  | { readonly type: "outcome"; readonly outcome: RequestOutcome | { readonly type: "added" } }
  | { readonly type: "found"; readonly found?: TicketStatus | MatchStatus | undefined }
  | { readonly type: "answer"; readonly answer: Answer }
  /** Nobody runs the pool that was asked about, or no longer. */
  | { readonly type: "nobody" }
  /** The pool belongs on another partition, as the owner's settings say. */
  | { readonly type: "misplaced" };

/** Something with the number that its process gave it, by which question and reply find each other. */
export type Numbered<T> = readonly [number: number, T];

/** A record of `match.<queue>`: what one process asks about one pool at one time. */
export interface RequestRecord {
  readonly from: Asker;
  readonly items: readonly Numbered<Asked>[];
}

const VERSION = 1;

/** One thing that is asked, as text. */
export function encodeAsked(asked: Asked): string {
  return write(asked);
}

/** A record of requests as text, of what is asked as texts. */
export function encodeRequests(from: Asker, items: readonly Numbered<string>[]): string {
  const texts = items.map(([number, text]) => `[${number},${text}]`);
  return `{"v":${VERSION},"from":${JSON.stringify(from)},"items":[${texts.join(",")}]}`;
}

/** The requests of a record; throws an error that says what is wrong with a text that holds none. */
export function decodeRequests(text: string): RequestRecord {
  const record = read(text) as Loose;
  if (record?.["v"] !== VERSION) throw new Error(`a record of requests of version ${VERSION} was expected`);
  const { from, items } = record as unknown as RequestRecord;
  if (typeof from?.id !== "string" || !Number.isSafeInteger(from.partition))
    throw new Error("the record does not say who asks");
  if (!Array.isArray(items) || !items.every(isItem)) throw new Error("the record holds no requests");
  return { from, items };
}

/** How much a record of replies holds. */
const MOST_REPLIES = 500;
const MOST_CHARACTERS = 200_000;

/** Records of `match-answers`, whose key is the process that asked. */
export function* encodeReplies(items: readonly Numbered<Reply>[]): Generator<string> {
  let texts: string[] = [];
  let size = 0;
  const whole = (): string => `{"v":${VERSION},"items":[${texts.join(",")}]}`;
  for (const item of items) {
    const text = write(item);
    if (texts.length > 0 && (texts.length === MOST_REPLIES || size + text.length > MOST_CHARACTERS)) {
      yield whole();
      texts = [];
      size = 0;
    }
    texts.push(text);
    size += text.length;
  }
  yield whole();
}

/** The replies of a record; none where it cannot be read: who asked asks again. */
export function decodeReplies(text: string): readonly Numbered<Reply>[] {
  try {
    const record = read(text) as Loose;
    const items = record?.["v"] === VERSION ? record["items"] : undefined;
    return Array.isArray(items) ? items.filter(isReply) : [];
  } catch {
    return [];
  }
}

type Loose = Readonly<Record<string, unknown>> | null | undefined;

function isReply(item: unknown): item is Numbered<Reply> {
  if (!Array.isArray(item) || !Number.isSafeInteger(item[0])) return false;
  return typeof (item[1] as Loose)?.["type"] === "string";
}

function isItem(item: unknown): boolean {
  if (!Array.isArray(item) || !Number.isSafeInteger(item[0])) return false;
  const asked = item[1] as Loose;
  switch (asked?.["type"]) {
    case "request":
      return Number.isSafeInteger(asked["at"]) && isRequest(asked["request"] as Loose);
    case "read":
      return isQuery(asked["query"] as Loose);
    case "ask":
      return isPool(asked["pool"]) && typeof (asked["question"] as Loose)?.["type"] === "string";
    default:
      return false;
  }
}

function isRequest(request: Loose): boolean {
  switch (request?.["type"]) {
    case "join": {
      const { ticket, requestId, maxWaiting = 0 } = request;
      const isFine = ["string", "undefined"].includes(typeof requestId) && typeof maxWaiting === "number";
      return isFine && isTicket(ticket) && isPool(ticket);
    }
    case "leave":
    case "beat":
      return typeof request["ticketId"] === "string";
    case "answer":
      return [request["matchId"], request["playerId"]].every((id) => typeof id === "string");
    default:
      return false;
  }
}

function isQuery(query: Loose): boolean {
  const name = { ticket: "ticketId", match: "matchId", player: "playerId" }[String(query?.["type"])];
  return name !== undefined && typeof query?.[name] === "string";
}

function isPool(value: unknown): value is PoolKey {
  const { queue, region } = value as Partial<PoolKey>;
  return typeof queue === "string" && typeof region === "string";
}

/** Numbers that JSON does not know, as nothing else can look. */
const INFINITE = "$infinite";

function write(value: Asked | Reply | Numbered<Reply>): string {
  const { type } = Array.isArray(value) ? (value as Numbered<Reply>)[1] : (value as Asked | Reply);
  // A replacer costs more than all the rest, and nothing else holds such numbers.
  if (type !== "answer" && type !== "ask") return JSON.stringify(value);
  return JSON.stringify(value, (_, inner: unknown) =>
    inner === Infinity || inner === -Infinity ? { [INFINITE]: Math.sign(inner) } : inner,
  );
}

function read(text: string): unknown {
  // A reviver costs more than all the rest, and hardly any record needs it.
  if (!text.includes(INFINITE)) return JSON.parse(text);
  return JSON.parse(text, (_, inner: unknown) => {
    const sign = (inner as Record<string, unknown> | null)?.[INFINITE];
    return typeof sign === "number" ? sign * Infinity : inner;
  });
}
