import type { Loss } from "../proxy/proxy.js";

/**
 * For `TcpProxy.loseAnswer` and `loseRequest` before a Postgres server: the next request that holds this text (of
 * SQL, or the name of a prepared statement), and its whole answer, after which the server has done it.
 */
export function postgresRequest(text: string): Required<Loss> {
  return { of: (request) => request.includes(text), complete: endsReady };
}

/** Whether an answer ends with ReadyForQuery: 'Z', the length 5, and the state of the transaction. */
function endsReady(answer: Buffer): boolean {
  const start = answer.length - 6;
  return start >= 0 && answer[start] === 0x5a && answer.readInt32BE(start + 1) === 5;
}
