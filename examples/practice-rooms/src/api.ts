import type { Answer, Routes } from "./http.js";
import { signInPayload, type Sessions } from "./identity.js";
import type { Limit } from "./limit.js";
import { invalidPayload, type Lobby } from "./lobby.js";
import type { Metrics } from "./metrics.js";
import { difficulties, durations, regions, skills, topics } from "./preferences.js";
import type { Rooms } from "./rooms.js";

interface Surroundings {
  readonly sessions: Sessions;
  readonly lobby: Lobby;
  readonly rooms: Rooms;
  readonly metrics: Metrics;
  readonly signIns: Limit;
  /** Whether this server can do its work, and if not, why. */
  readonly problem: () => string | undefined;
}

/** What may be wished, the default of each first. */
const choices = { topics, difficulties, durations, regions, skills };

export type Choices = typeof choices;

/** Everything that is asked over HTTP. */
export function routesOf({ sessions, lobby, rooms, metrics, signIns, problem }: Surroundings): Routes {
  return {
    "/api/sign-in": {
      POST: async ({ address, body }) => {
        await signIns(address);
        const { success, data, error } = signInPayload.safeParse(await body());
        if (!success) throw invalidPayload(error.issues[0]);
        return { body: await sessions.open(data) };
      },
    },
    "/api/choices": {
      GET: async () => ({ body: choices }),
    },
    "/api/matchmaking/queue": {
      POST: async ({ session, body }) => {
        const { person } = await session();
        return { status: 201, body: await lobby.join(person, await body()) };
      },
      DELETE: async ({ session }) => ({ body: await lobby.leave((await session()).person) }),
    },
    "/api/matchmaking/me": {
      GET: async ({ session }) => ({ body: await lobby.statusOf((await session()).person) }),
    },
    "/api/matchmaking/queue-status": {
      GET: async () => ({ body: await lobby.queueStatus() }),
    },
    "/api/matchmaking/health": {
      GET: () => health(lobby, problem),
    },
    "/api/rooms/*": {
      GET: async ({ session, param }) => ({ body: await rooms.read(param, (await session()).person.id) }),
      DELETE: async ({ session, param }) => ({ body: await rooms.end(param, (await session()).person.id) }),
    },
    "/metrics": {
      GET: async () => ({ type: metrics.type, body: await metrics.text() }),
    },
  };
}

/** 200 while this server can take joins and answers for them, else 503. */
async function health(lobby: Lobby, problem: Surroundings["problem"]): Promise<Answer> {
  const error = problem();
  if (error !== undefined) return { status: 503, body: { status: "unhealthy", error } };
  try {
    return { body: { status: "healthy", queue_size: await lobby.queueSize() } };
  } catch (cause) {
    return { status: 503, body: { status: "unhealthy", error: (cause as Error).message } };
  }
}
