import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { Refusal } from "./refusal.js";

/** Who a token speaks for. */
export interface Identity {
  readonly id: string;
  readonly name: string;
  /** When the token ends, in ms since the Unix epoch. */
  readonly expiresAt: number;
}

const ISSUER = "evenmatch-duel";
const AUDIENCE = "evenmatch-duel-players";
const ALGORITHM = "HS256";
const LIFE_SECONDS = 12 * 60 * 60;

const claims = z.object({ sub: z.string().min(1).max(64), name: z.string().min(1).max(24), exp: z.number() });

/** Makes and checks the tokens by which a client says who it is. They are signed, not secret: no data beyond the name. */
export class Identities {
  readonly #secret: Uint8Array;

  constructor(secret: string) {
    this.#secret = new TextEncoder().encode(secret);
  }

  async tokenFor({ id, name }: { readonly id: string; readonly name: string }): Promise<string> {
    return new SignJWT({ name })
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
      const { sub, name, exp } = claims.parse(payload);
      return { id: sub, name, expiresAt: exp * 1000 };
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw expired();
      throw new Refusal("TOKEN_INVALID", "The token is none of this server; sign in again.");
    }
  }
}

export function expired(): Refusal {
  return new Refusal("TOKEN_EXPIRED", "The token has expired; sign in again.");
}
