import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { START_RATING, viewOf } from "./players.js";
import type { PlayerView } from "./protocol.js";
import { Refusal } from "./refusal.js";

/** Who a token speaks for. */
export interface Identity {
  readonly player: PlayerView;
  /** When the token ends, in ms since the Unix epoch. */
  readonly expiresAt: number;
}

const ISSUER = "evenmatch-duel";
const AUDIENCE = "evenmatch-duel-players";
const ALGORITHM = "HS256";
const LIFE_SECONDS = 12 * 60 * 60;

const claims = z.object({
  sub: z.string().min(1).max(64),
  name: z.string().min(1).max(24),
  rating: z.number().default(START_RATING),
  bot: z.literal(true).optional(),
  exp: z.number(),
});

/**
 * Makes and checks the tokens by which a client says who it is. They are signed, not secret: nothing is in them that
 * the player may not know. Every process that has the secret knows the player from the token alone.
 */
export class Identities {
  readonly #secret: Uint8Array;

  constructor(secret: string) {
    this.#secret = new TextEncoder().encode(secret);
  }

  async tokenFor({ id, ...claimed }: PlayerView): Promise<string> {
    return new SignJWT(claimed)
      .setProtectedHeader({ alg: ALGORITHM })
      .setSubject(id)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(`${LIFE_SECONDS} s`)
      .sign(this.#secret);
  }

  /** Rejects with `TOKEN_MISSING`, `TOKEN_EXPIRED` or `TOKEN_INVALID`. */
  async check(token: unknown): Promise<Identity> {
    if (typeof token !== "string" || token === "") {
      throw new Refusal("TOKEN_MISSING", "Sign in first, and send the token as auth.token of the handshake.");
    }
    try {
      // The algorithm is ours to say, never the token's: neither "none" nor another one passes.
      const rules = { algorithms: [ALGORITHM], issuer: ISSUER, audience: AUDIENCE };
      const { payload } = await jwtVerify(token, this.#secret, rules);
      const { sub, name, rating, bot, exp } = claims.parse(payload);
      return { player: viewOf({ id: sub, name, rating, ...(bot && { bot }) }), expiresAt: exp * 1000 };
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw expired();
      throw new Refusal("TOKEN_INVALID", "The token is none of this server; sign in again.");
    }
  }
}

export function expired(): Refusal {
  return new Refusal("TOKEN_EXPIRED", "The token has expired; sign in again.");
}
